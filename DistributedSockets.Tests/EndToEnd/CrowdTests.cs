// Many at once, and one who does not read: what the program of the original article dies of.
using System.Diagnostics;
using System.Globalization;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class CrowdTests(ClusterFixture fixture, ITestOutputHelper output)
{
    private const int Crowd = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Sixty_four_on_each_of_two_nodes_write_to_the_other_node_at_once()
    {
        const int messages = 100;
        await using var senders = await ConnectAsync("s", Crowd * 2, index => (index % 2) + 1);
        await using var receivers = await ConnectAsync("r", Crowd * 2, index => 2 - (index % 2));

        var watch = Stopwatch.StartNew();
        await Task.WhenAll(senders.Clients.Select((sender, index) => SendNumbersAsync(sender, receivers.Users[index], messages)));
        foreach (var receiver in receivers.Clients)
        {
            for (var number = 1; number <= messages; number++)
            {
                Assert.Equal(Text(number), (await receiver.NextMessageAsync(Patience)).Body);
            }
        }

        output.WriteLine($"{senders.Clients.Count * messages} messages in {watch.ElapsedMilliseconds} ms");
        Assert.All(receivers.Clients, receiver => Assert.Equal(messages, receiver.Arrived.Count));
    }

    [Fact]
    public async Task Sixty_four_write_to_one()
    {
        const int messages = 50;
        var bob = RunningCluster.NewUser("bob");
        await using var senders = await ConnectAsync("s", Crowd, index => (index % 3) + 1);
        await using var receiver = await Cluster.ConnectAsync(bob, node: 2);

        var watch = Stopwatch.StartNew();
        await Task.WhenAll(senders.Clients.Select(sender => SendNumbersAsync(sender, bob, messages)));
        await Eventually.IsAsync(
            () => receiver.Arrived.Count == Crowd * messages,
            () => $"{Crowd * messages} messages for one: {receiver.Arrived.Count} have arrived, and its connection is {(receiver.IsClosed ? "closed" : "open")}",
            Patience);

        output.WriteLine($"{Crowd * messages} messages to one in {watch.ElapsedMilliseconds} ms");
        foreach (var ofOne in receiver.Arrived.GroupBy(PlainMessages.From))
        {
            Assert.Equal(Enumerable.Range(1, messages).Select(Text), ofOne.Select(PlainMessages.Body));
        }
    }

    [Fact]
    public async Task One_who_does_not_read_is_closed_and_nobody_else_notices()
    {
        var (alice, fast, stalled) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("fast"), RunningCluster.NewUser("stalled"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        await using var other = await Cluster.ConnectAsync(RunningCluster.NewUser("other"), node: 2);
        await using var reader = await Cluster.ConnectAsync(fast, node: 2);
        await using var sleeper = await Cluster.ConnectAsync(stalled, node: 2, reads: false);
        var body = new string('x', 32 * 1024);

        // What the system buffers for a socket differs, and a node adds 1 MiB: it goes on until the sleeper is thrown out.
        var slowest = TimeSpan.Zero;
        var rounds = 0;
        var begin = Stopwatch.GetTimestamp();
        do
        {
            Assert.True(Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(20), "One who does not read was not closed after 24 MB and 20 s");
            if (++rounds <= 750)
            {
                await sender.SendAsync(stalled, body);
            }

            var start = Stopwatch.GetTimestamp();
            await other.SendAsync(fast, Text(rounds));
            Assert.Equal(Text(rounds), (await reader.NextMessageAsync()).Body);
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
        }
        while ((await Cluster.SessionsAsync(stalled)).Count > 0);

        output.WriteLine($"closed after {rounds} messages of 32 KiB; the slowest message to a fast reader took {slowest.TotalMilliseconds:0} ms");
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    private static async Task SendNumbersAsync(TestClient sender, string to, int count)
    {
        for (var number = 1; number <= count; number++)
        {
            await sender.SendAsync(to, Text(number));
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<CrowdOfClients> ConnectAsync(string name, int count, Func<int, int> nodeOf)
    {
        string[] users = [.. Enumerable.Range(0, count).Select(_ => RunningCluster.NewUser(name))];
        return new CrowdOfClients(users, await Task.WhenAll(users.Select((user, index) => Cluster.ConnectAsync(user, nodeOf(index)))));
    }

    private sealed record CrowdOfClients(IReadOnlyList<string> Users, IReadOnlyList<TestClient> Clients) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Task.WhenAll(Clients.Select(client => client.DisposeAsync().AsTask()));
    }
}
