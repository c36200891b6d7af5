// Who is where, and which boot of a node may say so.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>
/// Who is where, and which boot of a node may say so. What changes for those who watch a user comes with the answers: it is decided in the same step as the session.
/// <para>
/// Sessions are returned as they are stored; whether one counts is for the caller to ask of the latest
/// <see cref="LivingNodes"/>. Every member throws <see cref="RegistryUnavailableException"/> when the store does not answer in
/// time; what was asked for may then have happened or not, and every member may be called again.
/// </para>
/// </summary>
internal interface IConnectionRegistry
{
    /// <summary>Takes the node's name for a new boot: the lease first, then an incarnation above every earlier one, in one step.</summary>
    Task<LeaseAttempt> TakeLeaseAsync(NodeInfo info, CancellationToken cancellationToken);

    /// <summary>Prolongs the lease to its full length (6 s by default). Succeeds only for the newest incarnation that was not reaped.</summary>
    Task<LeaseRenewal> RenewLeaseAsync(NodeIncarnation self, NodeInfo info, CancellationToken cancellationToken);

    /// <summary>
    /// Gives the name back if it is still mine; the incarnation stops living at once and can't renew. Its sessions should have been closed:
    /// what is left of them goes to the reaper.
    /// </summary>
    Task ReleaseLeaseAsync(NodeIncarnation self, CancellationToken cancellationToken);

    /// <summary>The living incarnations now. Every node keeps a copy of about a second's age.</summary>
    Task<LivingNodes> ReadNodesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Enters a session, replacing that of the same device (a plain connection replaces nothing). An incarnation that can't renew any more (reaped, released, followed by
    /// another) enters none: nobody would remove it once the reaper has passed. The session is then closed, whatever was entered of it before.
    /// </summary>
    /// <returns>What it replaced, and the user's other sessions, whose nodes want to be told.</returns>
    Task<OpenedSession> OpenAsync(Session session, CancellationToken cancellationToken);

    /// <summary>Enters again what this node still holds, after the store was away. A device that has a newer session elsewhere keeps that one.</summary>
    Task<AssertedSessions> AssertAsync(IReadOnlyCollection<Session> sessions, CancellationToken cancellationToken);

    /// <summary>Removes a session only if the entry is exactly this one: a late close never erases what the device has opened since.</summary>
    /// <param name="grace">For how long the user still counts as online if this was the last; zero when they have said that they leave.</param>
    Task<ClosedSession> CloseAsync(Session session, TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>All sessions of a user.</summary>
    Task<IReadOnlyList<Session>> LocateAsync(UserId user, CancellationToken cancellationToken);

    /// <summary>
    /// The users with a session on a living node, in pages, each once: under the first of their nodes. There is no index, so it is a walk over what the nodes have entered, and
    /// a page ends after so many names, whatever it has found.
    /// </summary>
    Task<ListPage<ListedUser>> ListUsersAsync(ListQuery query, CancellationToken cancellationToken);

    /// <summary>The rooms that the living nodes have noted, likewise.</summary>
    Task<ListPage<RoomId>> ListRoomsAsync(ListQuery query, CancellationToken cancellationToken);

    /// <summary>Notes which rooms connections on a node have come into and left. The node calls it at least once a minute while there are any.</summary>
    /// <returns>Whether anything was noted before: a store that has forgotten it says no.</returns>
    Task<bool> NoteRoomsAsync(NodeIncarnation self, IReadOnlyCollection<RoomId> came, IReadOnlyCollection<RoomId> went, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for the reaper's turn. The node whose turn it is (one at a time, for <paramref name="turn"/>) gets the dead incarnations
    /// that may still have sessions; from that moment none of them can renew its lease. Everybody else, and who does not live, gets nothing.
    /// </summary>
    Task<IReadOnlyList<NodeIncarnation>> BeginReapAsync(NodeIncarnation self, TimeSpan turn, CancellationToken cancellationToken);

    /// <summary>
    /// Closes the sessions of at most <paramref name="limit"/> users of a dead incarnation, and only those that still name it. The same users are
    /// returned again until they are confirmed, so that whoever follows up on them may crash.
    /// </summary>
    /// <returns>The users, with the sessions that each has left; empty when nobody is left to reap, and then the incarnation is forgotten.</returns>
    Task<IReadOnlyList<ReapedUser>> ReapAsync(NodeIncarnation dead, int limit, CancellationToken cancellationToken);

    /// <summary>Takes users off the dead incarnation's work list and, when that is empty, forgets the incarnation.</summary>
    Task ConfirmReapedAsync(NodeIncarnation dead, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken);
}

/// <summary>What <see cref="IConnectionRegistry.OpenAsync"/> found.</summary>
/// <param name="Superseded">The session of the same device that this one replaced.</param>
/// <param name="Others">The user's other sessions.</param>
/// <param name="IsEntered">False: its incarnation enters none any more. Something may have been replaced all the same, if that was decided in the same moment.</param>
internal sealed record OpenedSession(Session? Superseded, IReadOnlyList<Session> Others, bool IsEntered = true)
{
    /// <summary>The user was offline before; null otherwise.</summary>
    public PresenceChange? Presence { get; init; }
}

/// <summary>What <see cref="IConnectionRegistry.AssertAsync"/> has done.</summary>
/// <param name="Lost">The sessions that were not entered: another connection has the device, or their incarnation enters none any more.</param>
/// <param name="Presence">The users who were offline before.</param>
internal sealed record AssertedSessions(IReadOnlyList<Session> Lost, IReadOnlyList<PresenceChange> Presence);

/// <summary>What is left after <see cref="IConnectionRegistry.CloseAsync"/>.</summary>
/// <param name="Left">The sessions that the user has left, whose nodes want to be told.</param>
/// <param name="Presence">The user is offline now; null when they are not, or not yet.</param>
internal sealed record ClosedSession(IReadOnlyList<Session> Left, PresenceChange? Presence);

/// <summary>A user whose sessions on a dead node were closed.</summary>
internal sealed record ReapedUser(UserId User, IReadOnlyList<Session> Remaining)
{
    /// <summary>The user is offline; null when they are not, or not yet. It comes again with the user, until that one is confirmed.</summary>
    public PresenceChange? Presence { get; init; }
}

/// <summary>The store did not answer in time or refused; the outcome is unknown.</summary>
internal sealed class RegistryUnavailableException(string message, Exception? inner) : Exception(message, inner);
