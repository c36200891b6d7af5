// RabbitMQ is restarted while messages flow.
using System.Diagnostics;
using System.Globalization;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(CuttableCluster.Name)]
public sealed class RabbitMqRestartTests(CuttableClusterFixture fixture, ITestOutputHelper output)
{
    /// <summary>Messages of one connection that may be on their way at once (Limits:MessagesInFlight): more can't be in flight when the broker goes.</summary>
    private const int InFlight = 256;

    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task What_was_sent_over_a_restart_of_RabbitMQ_arrives_but_for_what_was_in_flight()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        await using var receiver = await Cluster.ConnectAsync(bob, node: 2);
        using var over = new CancellationTokenSource();
        var streaming = StreamAsync(sender, bob, over.Token);
        await receiver.NextBodiesAsync(50);

        await Cluster.CommandAsync("rabbitmq", "restart");
        await Cluster.WhenHealthyAsync();
        var back = Stopwatch.StartNew();

        // Sent now, so it has to come by itself, whatever became of what was sent before.
        await using var witness = await Cluster.ConnectAsync(RunningCluster.NewUser("witness"), node: 3);
        await witness.SendAsync(bob, "over the bus again");
        await Eventually.IsAsync(() => receiver.Arrived.Any(frame => PlainMessages.Body(frame) == "over the bus again"), "traffic flows again");
        output.WriteLine($"traffic flowed again {back.ElapsedMilliseconds} ms after the broker was healthy");

        await over.CancelAsync();
        var sent = await streaming;
        await sender.SendAsync(bob, "last");
        await Eventually.IsAsync(() => receiver.Arrived.Any(frame => PlainMessages.Body(frame) == "last"), "the last message arrives");
        string[] arrived = [.. receiver.Arrived.Where(frame => PlainMessages.From(frame) == alice).Select(PlainMessages.Body)];
        var lost = sent + 1 - arrived.Distinct().Count();
        output.WriteLine($"{sent} messages of the fast class over the restart: {lost} lost, {arrived.Length - arrived.Distinct().Count()} doubled");
        Assert.Equal(arrived.Distinct(), arrived);
        Assert.InRange(lost, 0, InFlight);
    }

    private static async Task<int> StreamAsync(TestClient sender, string to, CancellationToken over)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        var sent = 0;
        while (!over.IsCancellationRequested)
        {
            await sender.SendAsync(to, (++sent).ToString(CultureInfo.InvariantCulture));
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        return sent;
    }
}
