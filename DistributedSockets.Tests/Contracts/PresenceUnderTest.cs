// What others see of users, with the registry that decides it, and the words that its tests are written in.
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Contracts;

/// <summary>What others see of users, with the registry that decides it.</summary>
/// <param name="PassAsync">Puts the store's clock forward by that much at least.</param>
internal sealed record PresenceUnderTest(IConnectionRegistry Registry, IPresence Presence, TimeSpan Lease, Func<TimeSpan, Task> PassAsync)
{
    public static readonly NodeIncarnation Watcher = new(new NodeId("watcher"), 1_764_000_000_000);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public RegistryUnderTest Sessions => new(Registry, Lease, PassAsync);

    public async Task<PresenceChange?> OpenAsync(Session session) => (await Registry.OpenAsync(session, CancellationToken)).Presence;

    /// <summary>Ends a session in an orderly way.</summary>
    public async Task<PresenceChange?> CloseAsync(Session session) => (await Registry.CloseAsync(session, PresenceRules.Grace, CancellationToken)).Presence;

    /// <summary>Ends a session whose client has said that it leaves.</summary>
    public async Task<PresenceChange?> LeaveAsync(Session session) => (await Registry.CloseAsync(session, TimeSpan.Zero, CancellationToken)).Presence;

    public async Task<IReadOnlyList<PresenceChange>> AssertAsync(params Session[] sessions) => (await Registry.AssertAsync(sessions, CancellationToken)).Presence;

    /// <summary>All nodes that live now die, and another one comes and takes the dead over.</summary>
    public async Task DieAsync()
    {
        await PassAsync(Lease + TimeSpan.FromMilliseconds(1));
        await Sessions.BeginReapAsync(await Sessions.BootAsync("reaper"));
    }

    public async Task<PresenceChange?> ReapAsync(NodeIncarnation dead) => Assert.Single(await Registry.ReapAsync(dead, 10, CancellationToken)).Presence;

    public Task PassGraceAsync() => PassAsync(PresenceRules.Grace + TimeSpan.FromMilliseconds(1));

    public async Task<PresenceChange?> EndGraceAsync(UserId user) => (await Presence.EndGraceAsync(user, CancellationToken)).Presence;

    public async Task<DueGrace?> DueAsync(UserId user) =>
        (await Presence.ReadDueAsync(RedisKeys.Shard(user), 10, CancellationToken)).SingleOrDefault(due => due.User == user);

    public Task SettleAsync(DueGrace due, long? next) => Presence.SettleGraceAsync(due, next, CancellationToken);

    public Task<PresenceState> ReadAsync(UserId user) => Presence.ReadAsync(user, CancellationToken);

    public Task<PresenceState> WatchAsync(UserId user, NodeIncarnation? node = null, long known = 0) => Presence.WatchAsync(node ?? Watcher, user, known, CancellationToken);

    public Task UnwatchAsync(UserId user, NodeIncarnation? node = null) => Presence.UnwatchAsync(node ?? Watcher, user, CancellationToken);

    public Task<PresenceChange> SetAsync(UserId user, string status) => Presence.SetStatusAsync(user, Encoding.UTF8.GetBytes(status), CancellationToken);

    public static string Text(PresenceState state) => Encoding.UTF8.GetString(state.Status.Span);
}
