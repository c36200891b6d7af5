// The .NET client under faults, judged by what its users get to see.
#if !USE_ASPIRE
using System.Collections.Concurrent;
using System.Globalization;
using DistributedSockets.Client;
using DistributedSockets.Tests.Clients;
using DistributedSockets.Tests.Support;
using ClientMessage = DistributedSockets.Client.SentMessage;

namespace DistributedSockets.Tests.Faults;

/// <summary>
/// The other cases have a client of their own, which keeps everything that it was told and so can judge nodes and not a library. Here the library is what is judged:
/// six users of it write to each other, each message after the one before was acknowledged, while nodes are killed and put to sleep and their servers go away.
/// </summary>
[Collection(FaultyCluster.Name)]
public sealed class ClientFaultTests(FaultClusterFixture fixture, ITestOutputHelper output)
{
    private const int Users = 6;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentBag<ClientMessage> _sent = [];

    [Fact]
    public async Task Users_of_the_client_get_everything_once_and_in_order_whatever_fails()
    {
        var cluster = fixture.Cluster;
        var people = Enumerable.Range(0, Users).Select(_ => Person.Of(Options(cluster))).ToList();
        await Task.WhenAll(people.Select(person => person.ConnectAsync()));
        using var over = new CancellationTokenSource();
        var counts = Task.WhenAll(
            from writer in Enumerable.Range(0, Users)
            from step in (int[])[1, 2]
            select WriteAsync(people[writer], people[(writer + step) % Users], over.Token));

        try
        {
            await new NodeFaults(cluster).KillAndStartAsync(1);
            await new NodeFaults(cluster).PauseAsync(2, FaultCluster.Lease * 1.5);
            await new RedisFaults(cluster).KillAsync();
            await new RabbitMqFaults(cluster).CutAsync(3, FaultCluster.Lease);
        }
        finally
        {
            await cluster.HealAsync();
        }

        await over.CancelAsync();
        foreach (var (from, to, count) in await counts.WaitAsync(Limit, TestContext.Current.CancellationToken))
        {
            var expected = Enumerable.Range(1, count).Select(Text);
            IEnumerable<string> Got() => to.Messages.Where(message => message.From == from.Name).Select(message => message.Body.GetString()!);
            await Eventually.IsAsync(() => Got().Count() >= count, () => $"{to.Name} has {Got().Count()} of {count} from {from.Name}", Limit);
            Assert.Equal(expected, Got());
        }

        var receipts = await Task.WhenAll(_sent.Select(sent => sent.Delivered)).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.All(receipts, receipt => Assert.Equal(ReceiptState.Delivered, receipt.State));
        output.WriteLine($"{_sent.Count} messages, {people.Sum(person => person.States.Count(change => change.State == ClientState.Recovering))} breaks or failed attempts");
        await Task.WhenAll(people.Select(person => person.Client.CloseAsync()));
        await cluster.WhenBalancedAsync();
    }

    private static ClientOptions Options(FaultCluster cluster)
    {
        var options = new ClientOptions { User = RunningCluster.NewUser("client"), LongestPause = TimeSpan.FromSeconds(2), ConnectTimeout = TimeSpan.FromSeconds(5) };
        foreach (var address in cluster.Addresses)
        {
            options.Nodes.Add(address);
        }

        return options;
    }

    private async Task<(Person From, Person To, int Count)> WriteAsync(Person from, Person to, CancellationToken over)
    {
        var count = 0;
        using var timer = new PeriodicTimer(Pace);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                _sent.Add(await from.SendAsync(to.Name, Text(++count)));
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Enough.
        }

        return (from, to, count);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
#endif
