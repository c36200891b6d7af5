// What others see of users, behind a link that a test can cut.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Support;

/// <summary>What others see of users, behind a link that a test can cut.</summary>
internal sealed class FaultyPresence(IPresence inner, StoreLink link) : IPresence
{
    public Task<PresenceState> ReadAsync(UserId user, CancellationToken cancellationToken) =>
        PassAsync("ReadPresenceAsync", () => inner.ReadAsync(user, cancellationToken));

    public Task<IReadOnlyDictionary<DeviceId, long>> ReadDevicesAsync(UserId user, CancellationToken cancellationToken) =>
        PassAsync(nameof(ReadDevicesAsync), () => inner.ReadDevicesAsync(user, cancellationToken));

    public Task<PresenceState> WatchAsync(NodeIncarnation node, UserId user, long known, CancellationToken cancellationToken) =>
        PassAsync(nameof(WatchAsync), () => inner.WatchAsync(node, user, known, cancellationToken));

    public Task UnwatchAsync(NodeIncarnation node, UserId user, CancellationToken cancellationToken) =>
        PassAsync(nameof(UnwatchAsync), () => inner.UnwatchAsync(node, user, cancellationToken));

    public Task<PresenceChange> SetStatusAsync(UserId user, ReadOnlyMemory<byte> status, CancellationToken cancellationToken) =>
        PassAsync(nameof(SetStatusAsync), () => inner.SetStatusAsync(user, status, cancellationToken));

    public Task<IReadOnlyList<DueGrace>> ReadDueAsync(int shard, int limit, CancellationToken cancellationToken) =>
        PassAsync(nameof(ReadDueAsync), () => inner.ReadDueAsync(shard, limit, cancellationToken));

    public Task<EndedGrace> EndGraceAsync(UserId user, CancellationToken cancellationToken) =>
        PassAsync(nameof(EndGraceAsync), () => inner.EndGraceAsync(user, cancellationToken));

    public Task SettleGraceAsync(DueGrace due, long? next, CancellationToken cancellationToken) =>
        PassAsync(nameof(SettleGraceAsync), () => inner.SettleGraceAsync(due, next, cancellationToken));

    public Task NoteUnseenAsync(NodeIncarnation node, IReadOnlyList<UserId> users, CancellationToken cancellationToken) =>
        PassAsync(nameof(NoteUnseenAsync), () => inner.NoteUnseenAsync(node, users, cancellationToken));

    public Task<IReadOnlyList<UserId>> TakeUnseenAsync(NodeIncarnation self, int limit, CancellationToken cancellationToken) =>
        PassAsync(nameof(TakeUnseenAsync), () => inner.TakeUnseenAsync(self, limit, cancellationToken));

    private Task<T> PassAsync<T>(string verb, Func<Task<T>> call) => link.PassAsync(verb, call, Away);

    private Task<bool> PassAsync(string verb, Func<Task> call) => PassAsync(verb, async () =>
    {
        await call();
        return true;
    });

    private static RegistryUnavailableException Away() => new("the link is cut", new TimeoutException());
}
