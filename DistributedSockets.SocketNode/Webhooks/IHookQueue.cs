// Events that the application's back end has not been told of yet.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>
/// Events that the application's back end has not been told of yet, in order for each owner. Who decides what an event tells has entered it in the same step, and has noted the owner before: an
/// owner with an event is always on the list of their shard.
/// <para>Every member throws <see cref="HooksUnavailableException"/> when the store does not answer in time; every member may be called again.</para>
/// </summary>
internal interface IHookQueue
{
    /// <summary>
    /// How long after an owner was noted their event may be entered. An owner is taken off the list only when nothing was found for that long after they were noted last.
    /// </summary>
    static readonly TimeSpan NotedBefore = TimeSpan.FromSeconds(10);

    /// <summary>Takes or prolongs a turn: of the nodes that ask, one has it for a shard at a time.</summary>
    /// <returns>The owners whose time has come, at most <paramref name="limit"/>; null when it is another's turn.</returns>
    Task<HookTurn?> TakeTurnAsync(int shard, NodeIncarnation self, TimeSpan turn, int limit, CancellationToken cancellationToken);

    /// <summary>The oldest events of an owner.</summary>
    Task<HookPage> ReadAsync(HookOwner owner, int limit, CancellationToken cancellationToken);

    /// <summary>Takes out what was accepted or given up. What made the owner's events wait is over.</summary>
    Task RemoveAsync(HookOwner owner, IReadOnlyList<HookEvent> events, CancellationToken cancellationToken);

    /// <summary>Nothing of the owner is posted for that long, whoever asks.</summary>
    /// <returns>Until when: milliseconds since 1970 UTC, by the store's clock.</returns>
    Task<long> PauseAsync(HookOwner owner, TimeSpan length, CancellationToken cancellationToken);

    /// <summary>Takes the owner off the list, or enters them for later, unless somebody has noted them anew since they were read.</summary>
    Task SettleAsync(DueHook due, double? next, CancellationToken cancellationToken);
}

/// <param name="Waiting">How many owners are on the list.</param>
internal sealed record HookTurn(IReadOnlyList<DueHook> Due, long Waiting);

/// <summary>An owner whose time has come.</summary>
/// <param name="Due">As the list has it, in milliseconds since 1970 UTC by the store's clock: tells whether the entry is still the same.</param>
internal readonly record struct DueHook(HookOwner Owner, double Due)
{
    /// <summary>Nobody notes an owner for the middle of a millisecond: it marks the look after which they are taken off the list.</summary>
    private const double Middle = 0.5;

    public bool IsLastLook => Due - Math.Floor(Due) == Middle;

    public static double LastLookAt(long at) => at + Middle;
}

/// <summary>The oldest events of an owner.</summary>
/// <param name="Now">When they were read, in milliseconds since 1970 UTC by the store's clock.</param>
/// <param name="PausedUntil">Until when nothing is to be posted; 0 for at once. There are no events, then.</param>
/// <param name="Lost">How many have gone since the last look, since too many waited.</param>
internal sealed record HookPage(IReadOnlyList<HookEvent> Events, long Now, long PausedUntil, long Lost);

/// <summary>The store did not answer in time or refused; the outcome is unknown.</summary>
internal sealed class HooksUnavailableException(string message, Exception inner) : Exception(message, inner);
