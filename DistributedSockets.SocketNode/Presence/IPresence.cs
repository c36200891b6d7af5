// What others see of users: who watches whom, the status that users set, and the end of a grace. That a user comes and goes is decided with their sessions, in the registry.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>
/// What others see of users. Whoever changes it gets to know, in the same step, which nodes want to hear of it, so that no change falls between a look and the watching.
/// <para>Every member throws <see cref="RegistryUnavailableException"/> when the store does not answer in time; every member may be called again.</para>
/// </summary>
internal interface IPresence
{
    Task<PresenceState> ReadAsync(UserId user, CancellationToken cancellationToken);

    /// <summary>When those of a user's devices that have ended a session were last there, in milliseconds since 1970 UTC.</summary>
    Task<IReadOnlyDictionary<DeviceId, long>> ReadDevicesAsync(UserId user, CancellationToken cancellationToken);

    /// <summary>From here on the node is among those who want to hear of the user. May be repeated.</summary>
    /// <param name="known">The version that the node knows, 0 for none. A store that has forgotten it goes on beyond it, else what it tells would look old.</param>
    /// <returns>How it is now.</returns>
    Task<PresenceState> WatchAsync(NodeIncarnation node, UserId user, long known, CancellationToken cancellationToken);

    Task UnwatchAsync(NodeIncarnation node, UserId user, CancellationToken cancellationToken);

    /// <param name="status">A JSON value; empty for none.</param>
    Task<PresenceChange> SetStatusAsync(UserId user, ReadOnlyMemory<byte> status, CancellationToken cancellationToken);

    /// <summary>The users of a shard, as <see cref="Redis.RedisKeys.Shard(UserId)"/> has it, whose grace may be over.</summary>
    Task<IReadOnlyList<DueGrace>> ReadDueAsync(int shard, int limit, CancellationToken cancellationToken);

    /// <summary>Who has had no session for the length of the grace is offline from now on.</summary>
    Task<EndedGrace> EndGraceAsync(UserId user, CancellationToken cancellationToken);

    /// <summary>Takes the user off the list, or enters them for later, unless somebody has entered them anew meanwhile.</summary>
    Task SettleGraceAsync(DueGrace due, long? next, CancellationToken cancellationToken);

    /// <summary>Leaves word for a node that changes of these users may not have reached it; kept for two minutes.</summary>
    Task NoteUnseenAsync(NodeIncarnation node, IReadOnlyList<UserId> users, CancellationToken cancellationToken);

    Task<IReadOnlyList<UserId>> TakeUnseenAsync(NodeIncarnation self, int limit, CancellationToken cancellationToken);
}

/// <param name="Due">As the list has it: tells whether the entry is still the same.</param>
internal sealed record DueGrace(UserId User, long Due);

/// <param name="Presence">The user is offline, also if they were before: then who ended it may have died before anybody was told. Null when they are not.</param>
/// <param name="Next">Until when the user still counts as online, by the store's clock; null when there is nothing to wait for.</param>
internal sealed record EndedGrace(PresenceChange? Presence, long? Next);
