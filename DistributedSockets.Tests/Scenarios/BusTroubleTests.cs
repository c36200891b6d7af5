// One node's way to the broker is broken, the others' are sound: what it stores arrives all the same, within seconds.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class BusTroubleTests
{
    /// <summary>So many that the slow sweep, which looks at a sixtieth of all users each second, does not come by in time.</summary>
    private const int Crowd = 300;

    [Theory]
    [InlineData(nameof(PublishOutcome.Unknown))]
    [InlineData(nameof(PublishOutcome.Unroutable))]
    public async Task Message_whose_hint_did_not_go_out_is_read_from_the_inbox_and_so_is_its_receipt(string name)
    {
        var outcome = Enum.Parse<PublishOutcome>(name);
        await using var cluster = await StartAsync();
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        cluster[0].Bus.Decide = _ => outcome;
        cluster[1].Bus.Decide = _ => outcome;

        await alice.SendAsync("bob", "hi", "a1");
        await alice.NextAsync("ack");
        Assert.Equal("hi", (await bob.NextAsync("msg")).GetProperty("body").GetString());

        await bob.AcknowledgeAsync(1);
        Assert.Equal("delivered", (await alice.NextAsync("receipt")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Broker_that_never_answers_holds_up_neither_acknowledgements_nor_messages()
    {
        await using var cluster = await StartAsync();
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        var blackhole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster[0].Bus.Gate = cluster[1].Bus.Gate = blackhole.Task;

        for (var number = 1; number <= 3; number++)
        {
            await alice.SendAsync("bob", $"{number}", $"a{number}");
            await alice.NextAsync("ack");
        }

        Assert.Equal(["1", "2", "3"], await bob.NextBodiesAsync(3));
        await bob.AcknowledgeAsync(3);
        await alice.NextAsync("receipt");
        blackhole.SetResult();
    }

    private static async Task<TestCluster> StartAsync()
    {
        var cluster = await TestCluster.StartAsync(nodes: 2);
        await Task.WhenAll(Enumerable.Range(0, 2 * Crowd).Select(number => cluster.ConnectAsync($"user-{number}", node: number % 2)));
        return cluster;
    }
}
