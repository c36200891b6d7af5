// A registry, and the words that its tests are written in.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Contracts;

/// <summary>A registry, and the words that its tests are written in.</summary>
/// <param name="Lease">How long a lease lasts in it.</param>
/// <param name="PassAsync">Lets the store's clock go on by that much at least.</param>
internal sealed record RegistryUnderTest(IConnectionRegistry Registry, TimeSpan Lease, Func<TimeSpan, Task> PassAsync)
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public static NodeInfo Info(NodeId node) => new(node, $"http://{node}:8081", "host", 42, "1.0", 1_764_000_000_000);

    public static Session SessionOf(UserId user, NodeIncarnation node, string device = "phone") =>
        new(user, new DeviceId(device), node, ConnectionId.New(), 1_764_000_012_345);

    public Task PassLeaseAsync() => PassAsync(Lease + TimeSpan.FromMilliseconds(1));

    public async Task<NodeIncarnation> BootAsync(string node) =>
        Assert.IsType<LeaseAttempt.Taken>(await Registry.TakeLeaseAsync(Info(new NodeId(node)), CancellationToken)).Incarnation;

    public Task<LeaseRenewal> RenewAsync(NodeIncarnation node) => Registry.RenewLeaseAsync(node, Info(node.Node), CancellationToken);

    public async Task<bool> LivesAsync(NodeIncarnation node) => (await Registry.ReadNodesAsync(CancellationToken)).Living.ContainsKey(node);

    public Task<OpenedSession> OpenAsync(Session session) => Registry.OpenAsync(session, CancellationToken);

    public async Task<IReadOnlyList<Session>> CloseAsync(Session session) => (await Registry.CloseAsync(session, PresenceRules.Grace, CancellationToken)).Left;

    public async Task<IReadOnlyList<Session>> AssertAsync(params Session[] sessions) => (await Registry.AssertAsync(sessions, CancellationToken)).Lost;

    public Task<IReadOnlyList<Session>> LocateAsync(UserId user) => Registry.LocateAsync(user, CancellationToken);

    public Task<IReadOnlyList<NodeIncarnation>> BeginReapAsync(NodeIncarnation reaper) => Registry.BeginReapAsync(reaper, Lease, CancellationToken);

    public Task<IReadOnlyList<ReapedUser>> ReapAsync(NodeIncarnation dead, int limit = 100) => Registry.ReapAsync(dead, limit, CancellationToken);

    public Task ConfirmAsync(NodeIncarnation dead, params UserId[] users) => Registry.ConfirmReapedAsync(dead, users, CancellationToken);
}
