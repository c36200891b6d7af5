// A node that is stopped among others that go on: its users leave one by one, and what is sent to them arrives.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(BreakableNodes.Name)]
public sealed class DrainTests(BreakableNodesFixture fixture, ITestOutputHelper output)
{
    /// <summary>Cluster:DrainWindow: the default, which no test changes.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Users_of_a_node_that_is_stopped_leave_over_the_window_and_miss_nothing()
    {
        var before = await Cluster.InfoAsync(2);
        await using var sender = await Cluster.ConnectAsync(RunningCluster.NewUser("alice"), node: 1);
        var movers = await Task.WhenAll(Enumerable.Range(1, 20).Select(async number =>
        {
            var user = RunningCluster.NewUser("bob");
            return new Mover(user, await Cluster.ConnectAsync(user, node: 2), Cluster.Node(number % 2 == 0 ? 1 : 3));
        }));

        ProcessSignal.Terminate(before.Pid);
        var since = Stopwatch.StartNew();
        var moving = Task.WhenAll(movers.Select(mover => mover.MoveAsync(since)));
        await Cluster.WhenHealthAsync(2, HttpStatusCode.ServiceUnavailable);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(40));
        var sent = 0;
        while (!moving.IsCompleted)
        {
            sent++;
            foreach (var mover in movers)
            {
                await sender.SendAsync(mover.User, sent.ToString(CultureInfo.InvariantCulture));
            }

            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        await moving;
        output.WriteLine($"left after (s): {string.Join(' ', movers.Select(mover => mover.Left.TotalSeconds).Order().Select(seconds => $"{seconds:0.0}"))}; {sent} messages to each");
        Assert.All(movers, mover => Assert.Equal(1001, mover.Code));

        // Evenly: by the middle of the window about half have gone. The last has its turn a twentieth before the end.
        Assert.InRange(movers.Count(mover => mover.Left < Window / 3), 7, 13);
        Assert.InRange(movers.Max(mover => mover.Left), Window * 0.55, Window + TimeSpan.FromSeconds(3));
        string[] expected = [.. Enumerable.Range(1, sent).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        foreach (var mover in movers)
        {
            await Eventually.IsAsync(() => mover.Bodies.Count >= sent, $"{mover.User} has all of {sent} messages; missing: {string.Join(' ', expected.Except(mover.Bodies))}");
            Assert.Equal(expected.Order(StringComparer.Ordinal), mover.Bodies.Order(StringComparer.Ordinal));
            await mover.DisposeAsync();
        }

        await Eventually.IsAsync(async () => await Cluster.TryInfoAsync(2) is null, "the node has ended");
        await Cluster.CommandAsync("node-2", "restart");
        await Cluster.WhenHealthyAsync();
    }

    /// <summary>A user who connects to another node as soon as theirs has said goodbye.</summary>
    private sealed class Mover(string user, TestClient client, Uri next) : IAsyncDisposable
    {
        private TestClient? _again;

        public string User => user;

        public int Code { get; private set; }

        public TimeSpan Left { get; private set; }

        public IReadOnlyList<string> Bodies => [.. client.Arrived.Concat(_again?.Arrived ?? []).Select(PlainMessages.Body)];

        public async Task MoveAsync(Stopwatch since)
        {
            Code = await client.WhenClosedAsync(Window * 2);
            Left = since.Elapsed;
            _again = await TestClient.ConnectAsync(next, user);
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            if (_again is not null)
            {
                await _again.DisposeAsync();
            }
        }
    }
}
