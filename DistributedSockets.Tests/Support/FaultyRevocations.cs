// Revocations behind a link that a test can cut.
using DistributedSockets.SocketNode.Auth;

namespace DistributedSockets.Tests.Support;

/// <summary>Revocations behind a link that a test can cut.</summary>
internal sealed class FaultyRevocations(IRevocations inner, StoreLink link) : IRevocations
{
    public Task RevokeAsync(Revocation revocation, CancellationToken cancellationToken) => link.PassAsync(
        nameof(RevokeAsync),
        async () =>
        {
            await inner.RevokeAsync(revocation, cancellationToken);
            return true;
        },
        Away);

    public Task<IReadOnlyList<bool>> AreRevokedAsync(IReadOnlyList<Identity> identities, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(AreRevokedAsync), () => inner.AreRevokedAsync(identities, cancellationToken), Away);

    public Task<RevocationPage> ReadAsync(long after, CancellationToken cancellationToken) =>
        link.PassAsync("ReadRevocationsAsync", () => inner.ReadAsync(after, cancellationToken), Away);

    private static AuthStoreUnavailableException Away() => new("The test has cut the link.", null);
}
