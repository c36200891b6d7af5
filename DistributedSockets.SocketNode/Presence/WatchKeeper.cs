// Keeps the store's lists of who watches whom in line with this node's, and fetches what it was not told.
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>
/// Keeps the store's lists of who watches whom in line with this node's. Changes come by themselves; all that is watched is read once after the bus or the store was away,
/// and a user of whom another node has left word, at once.
/// </summary>
internal sealed partial class WatchKeeper(IPresence presence, PresenceWatch watch, NodeStatus status, TimeProvider time, ILogger<WatchKeeper> logger)
{
    /// <summary>Calls that are under way at once.</summary>
    private const int BatchSize = 100;

    /// <summary>More than that are fetched in the next turn.</summary>
    private const int MostUnseen = 1000;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long after the store is back everything is read: the others enter their sessions again meanwhile, and nobody takes this node for dead any more, and off a list,
    /// by a picture of the time before.
    /// </summary>
    private const int PeriodsUntilSettled = 3;

    /// <summary>One at a time per user, so that an end of watching is not overtaken by a beginning.</summary>
    private readonly UserTurns _turns = new();

    private int _requested;

    /// <summary>How many turns from now everything is read; 0 for not at all.</summary>
    private int _later;

    /// <summary>Reads everything that is watched within a second: something may not have arrived.</summary>
    public void Request() => Interlocked.Exchange(ref _requested, 1);

    /// <summary>Reads everything that is watched in a few seconds: the store is back, and may have forgotten something.</summary>
    public void RequestWhenSettled() => Interlocked.Exchange(ref _later, PeriodsUntilSettled);

    /// <summary>Has this node told of users that somebody here watches, and returns how they are now, in their order.</summary>
    public async Task<IReadOnlyList<PresenceState>> WatchAsync(IReadOnlyCollection<UserId> users, CancellationToken cancellationToken)
    {
        var states = new List<PresenceState>(users.Count);
        foreach (var batch in users.Chunk(BatchSize))
        {
            states.AddRange(await Task.WhenAll(batch.Select(user => _turns.TakeAsync(
                user, () => presence.WatchAsync(status.Self, user, watch.VersionOf(user) ?? 0, cancellationToken), cancellationToken))));
        }

        return states;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await KeepAsync(cancellationToken);
            }
            catch (RegistryUnavailableException exception)
            {
                // Redis is away: everything is read when it is back.
                Request();
                LogNotKept(exception);
            }
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        var everything = Interlocked.Exchange(ref _requested, 0) == 1;
        everything |= Volatile.Read(ref _later) > 0 && Interlocked.Decrement(ref _later) == 0;
        foreach (var batch in watch.TakeLeft().Chunk(BatchSize))
        {
            await Task.WhenAll(batch.Select(user => _turns.TakeAsync(user, () => UnwatchAsync(user, cancellationToken), cancellationToken)));
        }

        var users = watch.Users;
        if (users.Count > 0)
        {
            var unseen = await presence.TakeUnseenAsync(status.Self, MostUnseen, cancellationToken);
            watch.Take(await WatchAsync(everything ? users : [.. unseen.Where(user => watch.VersionOf(user) is not null)], cancellationToken));
        }
    }

    private async Task<bool> UnwatchAsync(UserId user, CancellationToken cancellationToken)
    {
        if (watch.VersionOf(user) is null)
        {
            await presence.UnwatchAsync(status.Self, user, cancellationToken);
        }

        return true;
    }

    [LoggerMessage(6001, LogLevel.Debug, "What is watched could not be kept up: Redis does not answer")]
    private partial void LogNotKept(Exception exception);
}
