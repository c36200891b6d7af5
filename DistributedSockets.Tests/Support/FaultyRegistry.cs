// A registry behind a link that a test can cut.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.Support;

/// <summary>A registry behind a link that a test can cut.</summary>
internal sealed class FaultyRegistry(IConnectionRegistry inner, StoreLink link) : IConnectionRegistry
{
    public Task<LeaseAttempt> TakeLeaseAsync(NodeInfo info, CancellationToken cancellationToken) =>
        PassAsync(nameof(TakeLeaseAsync), () => inner.TakeLeaseAsync(info, cancellationToken));

    public Task<LeaseRenewal> RenewLeaseAsync(NodeIncarnation self, NodeInfo info, CancellationToken cancellationToken) =>
        PassAsync(nameof(RenewLeaseAsync), () => inner.RenewLeaseAsync(self, info, cancellationToken));

    public Task ReleaseLeaseAsync(NodeIncarnation self, CancellationToken cancellationToken) =>
        PassAsync(nameof(ReleaseLeaseAsync), () => inner.ReleaseLeaseAsync(self, cancellationToken));

    public Task<LivingNodes> ReadNodesAsync(CancellationToken cancellationToken) =>
        PassAsync(nameof(ReadNodesAsync), () => inner.ReadNodesAsync(cancellationToken));

    public Task<OpenedSession> OpenAsync(Session session, CancellationToken cancellationToken) =>
        PassAsync(nameof(OpenAsync), () => inner.OpenAsync(session, cancellationToken));

    public Task<AssertedSessions> AssertAsync(IReadOnlyCollection<Session> sessions, CancellationToken cancellationToken) =>
        PassAsync(nameof(AssertAsync), () => inner.AssertAsync(sessions, cancellationToken));

    public Task<ClosedSession> CloseAsync(Session session, TimeSpan grace, CancellationToken cancellationToken) =>
        PassAsync(nameof(CloseAsync), () => inner.CloseAsync(session, grace, cancellationToken));

    public Task<IReadOnlyList<Session>> LocateAsync(UserId user, CancellationToken cancellationToken)
    {
        link.NoteLookUp(user);
        return PassAsync(nameof(LocateAsync), () => inner.LocateAsync(user, cancellationToken));
    }

    public Task<ListPage<ListedUser>> ListUsersAsync(ListQuery query, CancellationToken cancellationToken) =>
        PassAsync(nameof(ListUsersAsync), () => inner.ListUsersAsync(query, cancellationToken));

    public Task<ListPage<RoomId>> ListRoomsAsync(ListQuery query, CancellationToken cancellationToken) =>
        PassAsync(nameof(ListRoomsAsync), () => inner.ListRoomsAsync(query, cancellationToken));

    public Task<bool> NoteRoomsAsync(NodeIncarnation self, IReadOnlyCollection<RoomId> came, IReadOnlyCollection<RoomId> went, CancellationToken cancellationToken) =>
        PassAsync(nameof(NoteRoomsAsync), () => inner.NoteRoomsAsync(self, came, went, cancellationToken));

    public Task<IReadOnlyList<NodeIncarnation>> BeginReapAsync(NodeIncarnation self, TimeSpan turn, CancellationToken cancellationToken) =>
        PassAsync(nameof(BeginReapAsync), () => inner.BeginReapAsync(self, turn, cancellationToken));

    public Task<IReadOnlyList<ReapedUser>> ReapAsync(NodeIncarnation dead, int limit, CancellationToken cancellationToken) =>
        PassAsync(nameof(ReapAsync), () => inner.ReapAsync(dead, limit, cancellationToken));

    public Task ConfirmReapedAsync(NodeIncarnation dead, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken) =>
        PassAsync(nameof(ConfirmReapedAsync), () => inner.ConfirmReapedAsync(dead, users, cancellationToken));

    private Task<T> PassAsync<T>(string verb, Func<Task<T>> call) => link.PassAsync(verb, call, Away);

    private Task<bool> PassAsync(string verb, Func<Task> call) => PassAsync(verb, async () =>
    {
        await call();
        return true;
    });

    private static RegistryUnavailableException Away() => new("the link is cut", new TimeoutException());
}
