// What comes of a token: who it is, or what is wrong.
using System.Diagnostics.CodeAnalysis;
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>What comes of a token.</summary>
/// <param name="Identity">Whose it is; null where something is wrong.</param>
/// <param name="Fault">What kind of thing is wrong.</param>
/// <param name="Reason">A sentence that a developer can act on. Nothing of the token stands in it.</param>
internal sealed record Verdict(Identity? Identity, TokenFault Fault = TokenFault.None, string Reason = "")
{
    public Verdict(TokenFault fault, string reason)
        : this(null, fault, reason)
    {
    }

    public bool IsGood([NotNullWhen(true)] out Identity? identity) => (identity = Identity) is not null;

    /// <summary>The status of the answer to a request.</summary>
    public int Status => Fault switch
    {
        TokenFault.Forbidden => StatusCodes.Status403Forbidden,
        TokenFault.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status401Unauthorized,
    };

    /// <summary>What <c>WWW-Authenticate</c> says; null where another token would not help.</summary>
    public string? Challenge => Fault switch
    {
        TokenFault.Missing => "Bearer",
        TokenFault.Invalid or TokenFault.Revoked => "Bearer error=\"invalid_token\"",
        _ => null,
    };

    /// <summary>Why a connection is closed that has come with it.</summary>
    public CloseReason CloseReason => Fault switch
    {
        TokenFault.Forbidden => CloseReason.Forbidden,
        TokenFault.Revoked => CloseReason.Revoked,
        TokenFault.Unavailable => CloseReason.BackendUnavailable,
        _ => CloseReason.Unauthenticated,
    };

    /// <summary>The code of the error that tells a ds.v1 client.</summary>
    public ErrorCode Code => Fault switch
    {
        TokenFault.Forbidden => ErrorCode.Forbidden,
        TokenFault.Unavailable => ErrorCode.Unavailable,
        _ => ErrorCode.Unauthenticated,
    };
}

/// <summary>What is wrong with a token.</summary>
internal enum TokenFault
{
    None,

    /// <summary>There is none.</summary>
    Missing,

    /// <summary>It is not one, not signed by whom it should be, not of now, or not for us.</summary>
    Invalid,

    /// <summary>It was good, and was revoked.</summary>
    Revoked,

    /// <summary>It is good, and of another user than the one who is spoken of.</summary>
    Forbidden,

    /// <summary>It can't be known now.</summary>
    Unavailable,
}
