// Rooms over two nodes: what is sent to them.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Scenarios;

public sealed class RoomTests
{
    [Fact]
    public async Task Message_to_a_room_reaches_all_members_on_all_nodes_once_and_not_the_connection_that_sent_it()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var tablet = await cluster.GreetAsync("alice", node: 1, device: "tablet");
        var bob = await cluster.GreetAsync("bob", node: 0);
        var carol = await cluster.GreetAsync("carol", node: 1);
        var dave = await cluster.GreetAsync("dave", node: 1);
        await JoinAsync(alice, "team");
        await tablet.NextAsync("joined");
        await JoinAsync(bob, "team");
        await JoinAsync(carol, "team");

        await SayAsync(alice, "team", "hi all", id: "m1");
        var ack = await alice.NextAsync("ack");
        Assert.Equal(("m1", 1L, "stored"), (Text(ack, "id"), Number(ack, "rseq"), Text(ack, "state")));
        foreach (var member in (DsClient[])[bob, carol, tablet])
        {
            var message = await member.NextAsync("msg");
            Assert.Equal(("alice", "team", "hi all", "m1", 1L), (Text(message, "from"), Text(message, "room"), Text(message, "body"), Text(message, "id"), Number(message, "rseq")));
            Assert.Equal(Text(ack, "mid"), Text(message, "mid"));
            Assert.False(message.TryGetProperty("to", out _));
        }

        await SayAsync(carol, "team", "fast");
        foreach (var member in (DsClient[])[alice, bob, tablet])
        {
            var message = await member.NextAsync("msg");
            Assert.Equal(("carol", "fast"), (Text(message, "from"), Text(message, "body")));
            Assert.False(message.TryGetProperty("rseq", out _));
        }

        foreach (var (client, count) in ((DsClient, int)[])[(alice, 1), (bob, 2), (carol, 1), (tablet, 2), (dave, 0)])
        {
            await client.SettleAsync();
            Assert.Equal(count, client.Count("msg"));
        }
    }

    [Fact]
    public async Task One_broker_message_serves_all_members()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 3);
        var alice = await cluster.GreetAsync("alice", node: 0);
        await JoinAsync(alice, "team");
        var members = new List<DsClient>();
        for (var number = 0; number < 12; number++)
        {
            var member = await cluster.GreetAsync($"member-{number}", node: number % 3);
            await JoinAsync(member, "team");
            members.Add(member);
        }

        await SayAsync(alice, "team", "hi", id: "m1");
        await Task.WhenAll(members.Select(member => member.NextAsync("msg")));

        Assert.Single(cluster[0].Bus.RoomPublishes);
        Assert.Empty(cluster[0].Bus.Publishes);
    }

    [Fact]
    public async Task Same_id_is_stored_once_and_reused_id_refused()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await JoinAsync(alice, "team");
        await JoinAsync(bob, "team");

        await SayAsync(alice, "team", "one", id: "m1");
        await SayAsync(alice, "team", "one", id: "m1");
        await SayAsync(alice, "team", "two", id: "m1");
        await SayAsync(alice, "team", "three", id: "m2");

        var first = await alice.NextAsync("ack");
        var second = await alice.NextAsync("ack");
        Assert.Equal(Text(first, "mid"), Text(second, "mid"));
        Assert.True(second.GetProperty("dup").GetBoolean());
        var error = await alice.NextAsync("error");
        Assert.Equal(("id_reused", "m1"), (Text(error, "code"), Text(error, "id")));
        Assert.Equal(["one", "three"], await bob.NextBodiesAsync(2));
        await bob.SettleAsync();
        Assert.Equal(2, bob.Count("msg"));
    }

    [Fact]
    public async Task What_the_broker_lost_is_read_from_the_log()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await JoinAsync(alice, "team");
        await JoinAsync(bob, "team");

        // Confirmed and gone: only what follows shows that something is missing.
        cluster[0].Bus.DecideRoom = _ => PublishOutcome.Routed;
        await SayAsync(alice, "team", "lost", id: "m1");
        await alice.NextAsync("ack");
        cluster[0].Bus.DecideRoom = _ => null;
        await SayAsync(alice, "team", "next", id: "m2");
        Assert.Equal(["lost", "next"], await bob.NextBodiesAsync(2));

        // Not confirmed: the others are told how far the log reaches.
        cluster[0].Bus.DecideRoom = batch => batch.Entries.Count > 0 ? PublishOutcome.Unknown : null;
        await SayAsync(alice, "team", "unknown", id: "m3");
        Assert.Equal(["unknown"], await bob.NextBodiesAsync(1));
    }

    [Fact]
    public async Task Store_that_is_away_acknowledges_nothing_and_what_is_sent_again_arrives_once()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await JoinAsync(alice, "team");
        await JoinAsync(bob, "team");

        cluster[0].Store.FailNext("AppendAsync");
        await SayAsync(alice, "team", "hi", id: "m1");
        var error = await alice.NextAsync("error");
        Assert.Equal(("unavailable", "m1"), Codes(error));
        Assert.True(error.GetProperty("temporary").GetBoolean() && Number(error, "retryMs") > 0);
        await SayAsync(alice, "team", "hi", id: "m1");
        await alice.NextAsync("ack");
        Assert.Equal(["hi"], await bob.NextBodiesAsync(1));
    }

    [Fact]
    public async Task Many_senders_on_two_nodes_are_seen_by_all_in_one_order()
    {
        const int Each = 60;
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var clients = new List<DsClient>();
        for (var number = 0; number < 6; number++)
        {
            clients.Add(await cluster.GreetAsync($"user-{number}", node: number % 2));
            await JoinAsync(clients[number], "team");
        }

        await Task.WhenAll(clients.Select(async (client, sender) =>
        {
            for (var number = 0; number < Each; number++)
            {
                await SayAsync(client, "team", $"{sender}-{number}", id: $"m{number}");
            }
        }));

        foreach (var client in clients)
        {
            await client.NextBodiesAsync((clients.Count - 1) * Each);
            var rseqs = client.Arrived.Where(push => Text(push, "type") == "msg").Select(push => Number(push, "rseq")).ToList();
            Assert.Equal(rseqs.Order(), rseqs);
            Assert.Equal(rseqs.Count, rseqs.Distinct().Count());
        }
    }
}
