// Keeps the list of the rooms that connections here are in, for whoever asks which rooms there are.
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>Keeps the list of the rooms that connections here are in. Only what has changed is written, once a second, so that whoever joins waits for nothing.</summary>
internal sealed partial class RoomLister(RoomFeeds feeds, IConnectionRegistry registry, NodeStatus status, TimeProvider time, ILogger<RoomLister> logger)
{
    /// <summary>More are written in the next turns: a node that begins again with many rooms does not write them all at once.</summary>
    private const int MostChanges = 1000;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var noted = new HashSet<RoomId>();
        var reminded = time.GetTimestamp();
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var occupied = feeds.Occupied();
            List<RoomId> came = [.. occupied.Except(noted).Take(MostChanges)];
            List<RoomId> went = [.. noted.Except(occupied).Take(MostChanges)];
            if (came.Count + went.Count == 0 && (noted.Count == 0 || time.GetElapsedTime(reminded) < ReminderPeriod))
            {
                continue;
            }

            try
            {
                if (!await registry.NoteRoomsAsync(status.Self, came, went, cancellationToken))
                {
                    noted.Clear();
                }

                noted.UnionWith(came);
                noted.ExceptWith(went);
                reminded = time.GetTimestamp();
            }
            catch (RegistryUnavailableException exception)
            {
                // What of it has arrived is not known: the next turn writes the same again.
                LogNotNoted(exception);
            }
        }
    }

    [LoggerMessage(9003, LogLevel.Debug, "The rooms that are in use here could not be noted: Redis does not answer")]
    private partial void LogNotNoted(Exception exception);
}
