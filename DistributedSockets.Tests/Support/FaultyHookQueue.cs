// Events that wait, behind a link that a test can cut.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.Tests.Support;

/// <summary>Events that wait, behind a link that a test can cut.</summary>
internal sealed class FaultyHookQueue(IHookQueue inner, StoreLink link) : IHookQueue
{
    public Task<HookTurn?> TakeTurnAsync(int shard, NodeIncarnation self, TimeSpan turn, int limit, CancellationToken cancellationToken) =>
        link.PassAsync("TakeHookTurnAsync", () => inner.TakeTurnAsync(shard, self, turn, limit, cancellationToken), Away);

    public Task<HookPage> ReadAsync(HookOwner owner, int limit, CancellationToken cancellationToken) =>
        link.PassAsync("ReadEventsAsync", () => inner.ReadAsync(owner, limit, cancellationToken), Away);

    public Task RemoveAsync(HookOwner owner, IReadOnlyList<HookEvent> events, CancellationToken cancellationToken) =>
        PassAsync("RemoveEventsAsync", () => inner.RemoveAsync(owner, events, cancellationToken));

    public Task<long> PauseAsync(HookOwner owner, TimeSpan length, CancellationToken cancellationToken) =>
        link.PassAsync("PauseEventsAsync", () => inner.PauseAsync(owner, length, cancellationToken), Away);

    public Task SettleAsync(DueHook due, double? next, CancellationToken cancellationToken) =>
        PassAsync("SettleHookAsync", () => inner.SettleAsync(due, next, cancellationToken));

    private Task<bool> PassAsync(string verb, Func<Task> call) => link.PassAsync(
        verb,
        async () =>
        {
            await call();
            return true;
        },
        Away);

    private static HooksUnavailableException Away() => new("the link is cut", new TimeoutException());
}
