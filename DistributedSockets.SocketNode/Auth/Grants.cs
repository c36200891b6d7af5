// Who somebody is, and what their token lets them do.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>Who somebody is, and what they may do.</summary>
internal sealed record Identity(UserId User, Grants Grants);

/// <summary>What a token lets its user do, and until when.</summary>
/// <param name="Direct">Whether they may write to users and type to them.</param>
/// <param name="Api">How much of the HTTP API they may use.</param>
/// <param name="Expires">When the token ends, in ms since 1970; the greatest number for never.</param>
/// <param name="TokenId">The token's own id, if it has one.</param>
/// <param name="IssuedAt">When the token was issued, in ms since 1970; 0 where it does not say.</param>
internal sealed record Grants(bool Direct, ApiScope Api, long Expires, string? TokenId, long IssuedAt)
{
    /// <summary>Where nobody has a token. The API asks for nothing but the caller's machine there.</summary>
    public static readonly Grants Anonymous = new(Direct: true, ApiScope.None, long.MaxValue, TokenId: null, IssuedAt: 0) { Rooms = RoomGrants.All };

    /// <summary>Which rooms they may be in, and write to.</summary>
    public RoomGrants Rooms { get; init; } = RoomGrants.None;
}

/// <summary>How much of the HTTP API.</summary>
internal enum ApiScope
{
    None,

    /// <summary>What only asks.</summary>
    Read,

    All,
}
