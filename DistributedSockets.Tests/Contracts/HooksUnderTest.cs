// Events with all that decides them, and the words that their tests are written in.
using System.Text;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.SocketNode.Webhooks;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Contracts;

/// <summary>Events with all that decides them, and the words that their tests are written in.</summary>
/// <param name="PassAsync">Puts the store's clock forward by that much at least.</param>
internal sealed record HooksUnderTest(
    IHookQueue Queue, IConnectionRegistry Registry, IPresence Presence, IInbox Inbox, IMembership Membership, TimeSpan Lease, Func<TimeSpan, Task> PassAsync)
{
    public static readonly UserId Alice = new("alice");
    public static readonly UserId Bob = new("bob {b:б}");
    public static readonly RoomId Team = new("team {r:б}");
    public static readonly NodeIncarnation Node = new(new NodeId("server-1"), 1_764_000_000_000);
    private static readonly DeviceId Phone = new("phone");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public PresenceUnderTest Users => new(Registry, Presence, Lease, PassAsync);

    /// <summary>The settings of a cluster that wants events.</summary>
    public static HookOptions Options => new() { Url = "http://backend.example/hooks", Secret = "a secret of thirty-two characters" };

    public static Envelope Message(string body, string? id = null) =>
        new(MessageId.New(TimeProvider.System), Alice, Bob, Encoding.UTF8.GetBytes(body), 1_764_000_012_345) { ClientId = id };

    public async Task<IReadOnlyList<Placement>> StoreAsync(params Envelope[] messages) => (await Inbox.AppendAsync(Bob, messages, CancellationToken)).Placements;

    public Task AcknowledgeAsync(long seq) => Inbox.AcknowledgeAsync(Bob, Phone, null, seq, CancellationToken);

    public Task JoinAsync(UserId user) => Membership.JoinAsync(user, Team, CancellationToken);

    public Task LeaveAsync(UserId user) => Membership.LeaveAsync(user, Team, CancellationToken);

    public Task<HookPage> PageAsync(HookOwner owner, int limit = 1_000) => Queue.ReadAsync(owner, limit, CancellationToken);

    public async Task<IReadOnlyList<HookData>> EventsAsync(HookOwner owner) => [.. (await PageAsync(owner)).Events.Select(told => told.Data)];

    public Task<IReadOnlyList<HookData>> OfBobAsync() => EventsAsync(HookOwner.Of(Bob));

    /// <summary>The seqs of the messages that Bob's events tell of.</summary>
    public async Task<IReadOnlyList<long>> StoredAsync() => [.. (await OfBobAsync()).OfType<StoredHook>().Select(stored => stored.Seq)];

    public Task RemoveAsync(params HookEvent[] events) => Queue.RemoveAsync(events[0].Owner, events, CancellationToken);

    /// <summary>Takes out everything of Bob that waits.</summary>
    public async Task ForgetAsync()
    {
        var page = await PageAsync(HookOwner.Of(Bob));
        if (page.Events.Count > 0)
        {
            await RemoveAsync([.. page.Events]);
        }
    }

    public Task<HookTurn?> TurnAsync(HookOwner owner, NodeIncarnation? node = null, int limit = 100) =>
        Queue.TakeTurnAsync(RedisKeys.Shard(owner), node ?? Node, TimeSpan.FromSeconds(5), limit, CancellationToken);

    /// <summary>The owner as they are due now; null when they are not.</summary>
    public async Task<DueHook?> DueAsync(HookOwner owner)
    {
        var turn = await TurnAsync(owner);
        Assert.NotNull(turn);
        return turn.Due.Where(due => due.Owner == owner).Select(due => (DueHook?)due).SingleOrDefault();
    }

    public Task SettleAsync(DueHook? due, double? next) => Queue.SettleAsync(Assert.NotNull(due), next, CancellationToken);
}
