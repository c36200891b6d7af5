// Messages between users on the same node, on other nodes, and on several at once.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class DeliveryTests
{
    [Fact]
    public async Task Message_to_a_user_on_another_node_arrives_byte_for_byte()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var bob = await cluster.ConnectAsync("bob", node: 1);

        await alice.SendFrameAsync("""{"to":"bob","body":"hi"}""");
        Assert.Equal("""{"from":"alice","to":"bob","body":"hi"}""", await bob.NextFrameAsync());

        const string Body = """{ "a" : 1e400 , "b":[12345678901234567890123, "\u00e9é😀"] }""";
        await bob.SendFrameAsync($$"""{"body":{{Body}},"to":"al\u0069ce","extra":true}""");
        Assert.Equal($$"""{"from":"bob","to":"alice","body":{{Body}}}""", await alice.NextFrameAsync());
    }

    [Fact]
    public async Task Message_to_a_user_on_the_same_node_touches_neither_store_nor_bus()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.ConnectAsync("alice");
        var bob = await cluster.ConnectAsync("bob");

        // A client sees itself connected a moment before.
        await Eventually.IsAsync(() => cluster[0].Table.Find(new UserId("bob")) is { IsLive: true }, "bob gets what arrives");

        // A node that has just started looks once more where its users are, behind its first look for missed messages.
        var looks = cluster[0].Store.Count("TakeMissedAsync");
        await Eventually.IsAsync(() => cluster[0].Store.Count("TakeMissedAsync") >= looks + 2, "what the beginning has asked for is over");
        var asked = cluster[0].Store.Count(nameof(IConnectionRegistry.LocateAsync));
        for (var number = 0; number < 100; number++)
        {
            await alice.SendAsync("bob", $"{number}");
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(number => $"{number}"), await bob.NextBodiesAsync(100));
        Assert.Empty(cluster[0].Bus.Publishes);
        Assert.Equal(asked, cluster[0].Store.Count(nameof(IConnectionRegistry.LocateAsync)));
        Assert.Equal(0, cluster[0].Store.Count("AppendAsync"));
        Assert.Equal(0, cluster[0].Store.Count("AcknowledgeAsync"));
    }

    [Fact]
    public async Task Three_nodes_reach_each_other_in_all_pairs()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 3);
        var users = await Task.WhenAll(Enumerable.Range(0, 3).Select(node => cluster.ConnectAsync($"user-{node}", node)));
        for (var from = 0; from < 3; from++)
        {
            for (var to = 0; to < 3; to++)
            {
                await users[from].SendAsync($"user-{to}", "hi");
                Assert.Equal(new PlainMessage($"user-{from}", $"user-{to}", "hi"), await users[to].NextMessageAsync());
            }
        }
    }

    [Fact]
    public async Task User_with_connections_on_two_nodes_gets_each_message_once_on_both()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 3);
        var first = await cluster.ConnectAsync("bob", node: 0);
        var second = await cluster.ConnectAsync("bob", node: 1);
        await Eventually.IsAsync(
            () => !cluster[0].Table.Find(new("bob"))!.Elsewhere.IsEmpty, "the first node knows that bob is on the second too");

        for (var node = 0; node < 3; node++)
        {
            var sender = await cluster.ConnectAsync($"sender-{node}", node);
            await sender.SendAsync("bob", $"from {node}");
            await sender.SendAsync("bob", "end");
            Assert.Equal([$"from {node}", "end"], await first.NextBodiesAsync(2));
            Assert.Equal([$"from {node}", "end"], await second.NextBodiesAsync(2));
        }

        Assert.Equal(6, first.Arrived.Count);
        Assert.Equal(6, second.Arrived.Count);
    }

    [Fact]
    public async Task Sender_who_remembers_one_node_reaches_a_connection_opened_since_on_another()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 3);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var first = await cluster.ConnectAsync("bob", node: 1);
        await alice.SendAsync("bob", "1");
        Assert.Equal("1", (await first.NextMessageAsync()).Body);
        var bob = new UserId("bob");
        var asked = cluster[0].Store.LookUps(bob);

        var second = await cluster.ConnectAsync("bob", node: 2);
        await Eventually.IsAsync(
            () => cluster[1].Table.Find(bob)!.Elsewhere.Contains(cluster[2].Incarnation), "the second node has heard of the third");
        await alice.SendAsync("bob", "2");
        Assert.Equal("2", (await first.NextMessageAsync()).Body);
        Assert.Equal("2", (await second.NextMessageAsync()).Body);
        Assert.InRange(cluster[0].Store.LookUps(bob), asked, asked + 1);
    }

    [Fact]
    public async Task Sender_who_remembers_a_node_reaches_a_user_who_has_moved_on()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 3);
        var alice = await cluster.ConnectAsync("alice", node: 0);
        var bob = await cluster.ConnectAsync("bob", node: 1);
        await alice.SendAsync("bob", "1");
        Assert.Equal("1", (await bob.NextMessageAsync()).Body);

        await bob.CloseAsync();
        await Eventually.IsAsync(() => !cluster.Knows("bob"), "bob is gone");
        var moved = await cluster.ConnectAsync("bob", node: 2);
        await alice.SendAsync("bob", "2");
        Assert.Equal("2", (await moved.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task User_who_opens_two_connections_on_two_nodes_at_once_gets_messages_on_both()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var opening = cluster[0].Store.HoldAnswers(nameof(IConnectionRegistry.OpenAsync));
        var connecting = cluster.ConnectAsync("bob", node: 0);
        await opening.WhenReachedAsync();
        var second = await cluster.ConnectAsync("bob", node: 1);
        opening.Release();
        var first = await connecting;
        await Eventually.IsAsync(() => cluster[0].Table.Find(new("bob")) is { Elsewhere.IsEmpty: false }, "the first node knows of the second");

        var alice = await cluster.ConnectAsync("alice", node: 0);
        await alice.SendAsync("bob", "hi");
        Assert.Equal("hi", (await first.NextMessageAsync()).Body);
        Assert.Equal("hi", (await second.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task Sixty_four_senders_to_one_receiver_all_arrive_in_order_per_sender()
    {
        const int Senders = 64;
        const int Each = 100;

        // More at once than an ordinary send queue holds; this is about order.
        await using var cluster = await TestCluster.StartAsync(nodes: 2, "Limits:SendQueueMessages=10000");
        var bob = await cluster.ConnectAsync("bob", node: 1);
        var senders = await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => cluster.ConnectAsync($"sender-{sender}", sender % 2)));

        await Task.WhenAll(senders.Select(async sender =>
        {
            for (var number = 0; number < Each; number++)
            {
                await sender.SendAsync("bob", $"{number}");
            }
        }));

        var received = new List<PlainMessage>();
        while (received.Count < Senders * Each)
        {
            received.Add(await bob.NextMessageAsync());
        }

        Assert.All(received.GroupBy(message => message.From), sender =>
            Assert.Equal(Enumerable.Range(0, Each).Select(number => $"{number}"), sender.Select(message => message.Body)));
    }
}
