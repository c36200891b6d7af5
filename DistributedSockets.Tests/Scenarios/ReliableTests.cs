// Messages with an id: stored, acknowledged, delivered once, and their sender is told what became of them.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class ReliableTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Sender_is_told_that_a_message_is_stored_and_then_that_it_is_delivered(int node)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node, device: "phone");

        await alice.SendAsync("bob", "hi", "a1", "\"ct\":\"text/plain\"");
        var ack = await alice.NextAsync("ack");
        var message = await bob.NextAsync("msg");

        Assert.Equal("a1", ack.GetProperty("id").GetString());
        Assert.Equal("stored", ack.GetProperty("state").GetString());
        Assert.Equal(1, ack.GetProperty("seq").GetInt64());
        Assert.Equal(ack.GetProperty("mid").GetString(), message.GetProperty("mid").GetString());
        Assert.Equal(
            ["type", "from", "to", "body", "mid", "ts", "seq", "id", "ct"], message.EnumerateObject().Select(member => member.Name));
        Assert.Equal(0, alice.Count("receipt"));

        await bob.AcknowledgeAsync(1);
        var receipt = await alice.NextAsync("receipt");
        Assert.Equal("delivered", receipt.GetProperty("state").GetString());
        Assert.Equal("bob", receipt.GetProperty("peer").GetString());
        Assert.Equal("phone", receipt.GetProperty("device").GetString());
        Assert.Equal(ack.GetProperty("mid").GetString(), Assert.Single(receipt.GetProperty("mid").EnumerateArray()).GetString());
        Assert.Equal(1, receipt.GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task Burst_arrives_once_and_in_order_and_every_message_is_acknowledged_in_order()
    {
        const int Count = 500;
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);

        // Several to a frame, white space between them.
        for (var number = 0; number < Count; number += 10)
        {
            await alice.SendFrameAsync(string.Join(" ", Enumerable.Range(number, 10).Select(each => $$"""{"type":"msg","id":"m{{each}}","to":"bob","body":"{{each}}"}""")));
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(number => $"{number}"), await bob.NextBodiesAsync(Count));
        await Eventually.IsAsync(() => alice.Count("ack") == Count, "all are acknowledged");
        Assert.Equal(
            Enumerable.Range(0, Count).Select(number => $"m{number}"),
            alice.Arrived.Where(push => push.GetProperty("type").GetString() == "ack").Select(push => push.GetProperty("id").GetString()!));

        await bob.AcknowledgeAsync(Count);
        await Eventually.IsAsync(() => Delivered(alice).Count == Count, "all are delivered");
        Assert.Equal(Count, Delivered(alice).Distinct().Count());
        await bob.SettleAsync();
        Assert.Equal(Count, bob.Count("msg"));
    }

    [Fact]
    public async Task Same_id_is_stored_once_whichever_node_it_comes_over()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var phone = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var laptop = await cluster.GreetAsync("alice", node: 1, device: "laptop");
        var bob = await cluster.GreetAsync("bob", node: 1);

        await Task.WhenAll(Enumerable.Range(0, 50).SelectMany(_ => new[] { phone, laptop }).GroupBy(client => client).Select(async group =>
        {
            foreach (var client in group)
            {
                await client.SendAsync("bob", "once", "same");
            }
        }));
        await Eventually.IsAsync(() => phone.Count("ack") + laptop.Count("ack") == 100, "every attempt is answered");

        var acks = phone.Arrived.Concat(laptop.Arrived).Where(push => push.GetProperty("type").GetString() == "ack").ToList();
        Assert.Equal(99, acks.Count(ack => ack.TryGetProperty("dup", out var dup) && dup.GetBoolean()));
        Assert.Single(acks.Select(ack => ack.GetProperty("mid").GetString()).Distinct());
        Assert.Single(acks.Select(ack => ack.GetProperty("seq").GetInt64()).Distinct());

        // An ack says that it is stored, not that it is here.
        await bob.NextAsync("msg");
        await bob.SettleAsync();
        Assert.Equal(1, bob.Count("msg"));
    }

    [Fact]
    public async Task Used_id_with_another_body_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        await alice.SendAsync("bob", "one", "a1");
        await alice.NextAsync("ack");

        await alice.SendAsync("bob", "another", "a1");

        var error = await alice.NextAsync("error");
        Assert.Equal("id_reused", error.GetProperty("code").GetString());
        Assert.Equal("a1", error.GetProperty("id").GetString());
        Assert.Equal(1, await cluster.WaitingAsync("bob"));
    }

    [Fact]
    public async Task Full_inbox_refuses_and_drops_nothing_that_was_acknowledged()
    {
        await using var cluster = await TestCluster.StartAsync(new InboxLimits(Messages: 3), nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        for (var number = 1; number <= 3; number++)
        {
            await alice.SendAsync("bob", $"{number}", $"a{number}");
            await alice.NextAsync("ack");
        }

        await alice.SendAsync("bob", "too much", "a4");
        var error = await alice.NextAsync("error");
        Assert.Equal("inbox_full", error.GetProperty("code").GetString());
        Assert.True(error.GetProperty("temporary").GetBoolean());
        Assert.True(error.GetProperty("retryMs").GetInt32() > 0);

        // The one that was stored before its answer got lost is not refused.
        await alice.SendAsync("bob", "3", "a3");
        Assert.True((await alice.NextAsync("ack")).GetProperty("dup").GetBoolean());

        var bob = await cluster.GreetAsync("bob");
        Assert.Equal(["1", "2", "3"], await bob.NextBodiesAsync(3));
        await bob.AcknowledgeAsync(3);
        await alice.NextAsync("receipt");
        await alice.SendAsync("bob", "4", "a4");
        await alice.NextAsync("ack");
        Assert.Equal(["4"], await bob.NextBodiesAsync(1));
    }

    [Fact]
    public async Task Without_the_store_a_message_is_not_acknowledged_and_what_waits_behind_it_fails_too()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        var appends = cluster[0].Store.HoldAnswers("AppendAsync");
        await alice.SendAsync("bob", "1", "a1");
        await appends.WhenReachedAsync();
        cluster[0].Store.Cut();
        await alice.SendAsync("bob", "2", "a2");
        appends.Release();

        // The first had happened; its answer came before the cut. The second was never stored.
        Assert.Equal("a1", (await alice.NextAsync("ack")).GetProperty("id").GetString());
        var error = await alice.NextAsync("error");
        Assert.Equal(("a2", "unavailable", true), (error.GetProperty("id").GetString(), error.GetProperty("code").GetString(), error.GetProperty("temporary").GetBoolean()));
        Assert.True(error.GetProperty("retryMs").GetInt32() > 0);

        cluster[0].Store.Restore();
        await alice.SendAsync("bob", "2", "a2");
        Assert.Equal("a2", (await alice.NextAsync("ack")).GetProperty("id").GetString());
        Assert.Equal(2, await cluster.WaitingAsync("bob"));
    }

    [Fact]
    public async Task Receipts_wait_for_a_sender_who_is_away_and_reach_them_on_any_node()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0, device: "phone");
        await alice.SendAsync("bob", "1", "a1");
        await alice.SendAsync("bob", "2", "a2");
        await alice.NextAsync("ack");
        var mid = (await alice.NextAsync("ack")).GetProperty("mid").GetString();
        await alice.CloseAsync();

        var bob = await cluster.GreetAsync("bob", node: 0);
        await bob.NextBodiesAsync(2);
        await bob.AcknowledgeAsync(2);
        await Eventually.IsAsync(async () => (await cluster.StoredAsync("alice")).Count == 1, "the receipt is stored for alice");

        var again = await cluster.GreetAsync("alice", node: 1, device: "phone");
        var receipt = await again.NextAsync("receipt");
        Assert.Equal(2, receipt.GetProperty("mid").GetArrayLength());
        Assert.Equal(mid, receipt.GetProperty("mid")[1].GetString());
    }

    [Fact]
    public async Task Message_to_a_plain_recipient_is_delivered_when_it_was_written()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.ConnectAsync("bob", node: 1);

        await alice.SendAsync("bob", "hi", "a1", "\"ct\":\"x\"");

        Assert.Equal("""{"from":"alice","to":"bob","body":"hi"}""", await bob.NextFrameAsync());
        Assert.Equal("delivered", (await alice.NextAsync("receipt")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Plain_connection_of_a_sender_sees_no_receipts()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var plain = await cluster.ConnectAsync("alice");
        var alice = await cluster.GreetAsync("alice");
        var bob = await cluster.GreetAsync("bob");
        await alice.SendAsync("bob", "hi", "a1");
        await bob.NextAsync("msg");
        await bob.AcknowledgeAsync(1);
        await alice.NextAsync("receipt");

        await bob.SendFrameAsync("""{"to":"alice","body":"answer"}""");

        Assert.Equal("""{"from":"bob","to":"alice","body":"answer"}""", await plain.NextFrameAsync());
        Assert.Single(plain.Arrived);
    }

    [Fact]
    public async Task Read_mark_reaches_the_sender_once_and_only_forward()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await alice.SendAsync("bob", "1", "a1");
        await alice.SendAsync("bob", "2", "a2");
        await alice.NextAsync("ack");
        var second = (await alice.NextAsync("ack")).GetProperty("mid").GetString();
        await bob.NextBodiesAsync(2);

        await bob.SendFrameAsync("""{"type":"read","from":"alice","upto":2}{"type":"read","from":"alice","upto":1}{"type":"read","from":"mallory","upto":2}""");

        var receipt = await alice.NextAsync("receipt");
        Assert.Equal("read", receipt.GetProperty("state").GetString());
        Assert.Equal(2, receipt.GetProperty("upto").GetInt64());
        Assert.Equal(second, receipt.GetProperty("mid")[0].GetString());
        await bob.SettleAsync();
        await alice.SettleAsync();
        Assert.Equal(1, alice.Count("receipt"));
        Assert.Empty(await cluster.StoredAsync("mallory"));
    }

    [Fact]
    public async Task Read_mark_that_is_repeated_is_entered_once()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice");
        var bob = await cluster.GreetAsync("bob");
        await alice.SendAsync("bob", "1", "a1");
        await bob.NextBodiesAsync(1);
        cluster[0].Store.FailNext("MarkReadAsync");

        const string Read = """{"type":"read","from":"alice","upto":1}""";
        await bob.SendFrameAsync(Read);
        Assert.Equal("unavailable", (await bob.NextAsync("error")).GetProperty("code").GetString());
        await bob.SendFrameAsync(Read + Read + Read);
        await bob.SettleAsync();

        Assert.Equal("read", (await alice.NextAsync("receipt")).GetProperty("state").GetString());
        Assert.Equal(2, cluster[0].Store.Count("MarkReadAsync"));
    }

    [Fact]
    public async Task Hops_of_a_traced_message_are_told_from_both_nodes()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);

        await alice.SendAsync("bob", "hi", "a1", "\"trace\":true");
        await bob.NextAsync("msg");
        await bob.AcknowledgeAsync(1);

        await Eventually.IsAsync(() => Hops(alice).Count == 6, "all hops are told");
        Assert.Equal(
            ["server-1 published", "server-1 received", "server-1 stored", "server-2 acknowledged", "server-2 arrived", "server-2 written"],
            Hops(alice).Order(StringComparer.Ordinal));
        Assert.Equal(0, bob.Count("trace"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hops_are_told_of_a_traced_message_that_the_inbox_brings_before_its_hint(bool acknowledgedBefore)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var carol = await cluster.GreetAsync("carol", node: 1);
        var bob = await cluster.GreetAsync("bob", node: 1);
        var storing = cluster[0].Store.HoldAnswers("AppendAsync");
        await alice.SendAsync("bob", "hi", "a1", "\"trace\":true");
        await storing.WhenReachedAsync();

        // Hers is the second in his inbox: his node reads it, and finds what came before.
        await carol.SendAsync("bob", "hi too", "c1");
        await bob.NextBodiesAsync(2);
        if (acknowledgedBefore)
        {
            await bob.AcknowledgeAsync(2);
            await bob.SettleAsync();
        }

        storing.Release();
        await Eventually.IsAsync(() => Hops(alice).Contains("server-2 written"), "it is told as written");
        if (!acknowledgedBefore)
        {
            Assert.DoesNotContain("server-2 acknowledged", Hops(alice));
            await bob.AcknowledgeAsync(2);
        }

        await Eventually.IsAsync(() => Hops(alice).Count == 6, "all hops are told");
        Assert.Equal(["server-2 arrived", "server-2 written", "server-2 acknowledged"], Hops(alice).Where(hop => hop.StartsWith("server-2", StringComparison.Ordinal)));
        await bob.SettleAsync();
        Assert.Equal(2, bob.Count("msg"));
    }

    private static List<string> Delivered(DsClient client) =>
    [
        .. client.Arrived.Where(push => push.GetProperty("type").GetString() == "receipt" && push.GetProperty("state").GetString() == "delivered")
            .SelectMany(receipt => receipt.GetProperty("mid").EnumerateArray().Select(mid => mid.GetString()!)),
    ];

    private static List<string> Hops(DsClient client) =>
    [
        .. client.Arrived.Where(push => push.GetProperty("type").GetString() == "trace")
            .SelectMany(trace => trace.GetProperty("hops").EnumerateArray())
            .Select(hop => $"{hop.GetProperty("node").GetString()} {hop.GetProperty("step").GetString()}"),
    ];
}
