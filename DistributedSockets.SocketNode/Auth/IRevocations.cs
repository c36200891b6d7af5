// Tokens that count no more although their time is not over.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>
/// Tokens that count no more although their time is not over. What was revoked is known to every later question, and stands on the log before the call returns. Every member
/// throws <see cref="AuthStoreUnavailableException"/> when the store does not answer in time, and may be called again.
/// </summary>
internal interface IRevocations
{
    /// <summary>How many entries of the log are kept at least.</summary>
    const int LogLength = 10_000;

    /// <summary>How long a token is remembered beyond the time when it could be forgotten: clocks differ.</summary>
    static readonly TimeSpan Margin = TimeSpan.FromMinutes(10);

    Task RevokeAsync(Revocation revocation, CancellationToken cancellationToken);

    /// <summary>Which of them are revoked.</summary>
    Task<IReadOnlyList<bool>> AreRevokedAsync(IReadOnlyList<Identity> identities, CancellationToken cancellationToken);

    /// <summary>What was entered behind <paramref name="after"/>, the end of an earlier answer; -1 where there is none yet.</summary>
    Task<RevocationPage> ReadAsync(long after, CancellationToken cancellationToken);
}

/// <summary>What is revoked.</summary>
internal abstract record Revocation
{
    /// <param name="Expires">When it can be forgotten, since the token is over by itself: ms since 1970.</param>
    public sealed record OfToken(string TokenId, long Expires) : Revocation;

    /// <summary>All tokens of a user that were issued before a time, in ms since 1970.</summary>
    public sealed record OfUser(UserId User, long Before) : Revocation
    {
        public bool Covers(Grants grants) => grants.IssuedAt < Before;
    }
}

/// <param name="End">How far the log has been read.</param>
/// <param name="IsComplete">False: something may be missing, and everybody has to be looked up.</param>
internal sealed record RevocationPage(long End, IReadOnlyList<Revocation> Revocations, bool IsComplete);

/// <summary>The store did not answer in time or refused; the outcome is unknown.</summary>
internal sealed class AuthStoreUnavailableException(string message, Exception? inner) : Exception(message, inner);
