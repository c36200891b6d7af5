// What others can see of a user: online or since when not, and the status they have set.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>What others can see of a user.</summary>
/// <param name="Version">Rises with each change of the user, over nodes and through the loss of a store; 0 for one of whom nothing is known.</param>
/// <param name="Online">Whether they have a session, or had one a moment ago and may be back.</param>
/// <param name="Since">Since when they are online, or when they last were: milliseconds since 1970 UTC, by the store's clock. 0 for one who never was.</param>
/// <param name="Status">A JSON value of their own; empty for none.</param>
internal sealed record PresenceState(UserId User, long Version, bool Online, long Since, ReadOnlyMemory<byte> Status)
{
    /// <summary>Whether somebody who was shown the one need not be shown the other.</summary>
    public bool LooksLike(PresenceState other) => Online == other.Online && Status.Span.SequenceEqual(other.Status.Span);
}

/// <summary>A change that has happened, and who wants to hear of it. It may be told again after somebody has died in the middle: the version says so.</summary>
/// <param name="Watchers">The nodes that watch the user, whether they live or not.</param>
internal sealed record PresenceChange(PresenceState State, IReadOnlyList<NodeIncarnation> Watchers);

/// <summary>What every presence obeys.</summary>
internal static class PresenceRules
{
    /// <summary>How long a user whose last connection has ended in an orderly way still counts as online: a reconnect is not to be seen.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Devices of a user of which it is known when they were last seen; beyond that the one that is gone for longest is forgotten.</summary>
    public const int MostSeen = 20;
}
