// Pings: one clock for all connections.
namespace DistributedSockets.SocketNode.Connections;

/// <summary>Pings every connection in its time, and cuts off those that do not answer. One clock for all: a timer per connection costs memory that an idle one does not need.</summary>
internal sealed class Heartbeat(ConnectionTable table, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            foreach (var connection in table.Walk())
            {
                connection.Beat();
            }
        }
    }
}
