// Pings: one clock for all connections, and one walk.
namespace DistributedSockets.SocketNode.Connections;

/// <summary>
/// Pings every connection in its time, cuts off those that do not answer, and counts what waits at them. One clock for all: a timer per connection costs memory that an idle one does not need,
/// and each walk over all of them costs processor time.
/// </summary>
internal sealed class Heartbeat(ConnectionTable table, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            var (queued, onTheirWay) = (0, 0);
            foreach (var connection in table.Walk())
            {
                connection.Beat();
                queued += connection.Queued;
                onTheirWay += connection.Lanes.Count;
            }

            table.Waiting = new WaitingMessages(queued, onTheirWay);
        }
    }
}
