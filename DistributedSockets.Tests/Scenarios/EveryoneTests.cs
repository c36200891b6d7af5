// The room that every ds.v1 connection is in, over two nodes.
using System.Net;
using System.Text;
using System.Text.Json;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Scenarios;

public sealed class EveryoneTests : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Message_to_everyone_reaches_all_on_all_nodes_stored_or_live_and_no_plain_connection()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        DsClient[] all = [await cluster.GreetAsync("alice", node: 0), await cluster.GreetAsync("bob", node: 1, device: "a"), await cluster.GreetAsync("bob", node: 0, device: "b")];
        var plain = await cluster.ConnectAsync("carol", node: 1);

        var (status, sent) = await PostAsync(cluster[0], """{"from":"ops","room":"ds.all","body":"stored","id":"m1"}""");
        Assert.Equal((HttpStatusCode.Accepted, 1L, "stored"), (status, Number(sent, "rseq"), Text(sent, "state")));
        (status, sent) = await PostAsync(cluster[1], """{"from":"ops","room":"ds.all","body":"live","live":true}""");
        Assert.Equal((HttpStatusCode.Accepted, false, "sent"), (status, sent.TryGetProperty("rseq", out _), Text(sent, "state")));

        foreach (var client in all)
        {
            // Nothing is promised of the order between the classes.
            var messages = new[] { await client.NextAsync("msg"), await client.NextAsync("msg") }.OrderByDescending(message => Text(message, "body")).ToList();
            Assert.Equal(("ops", "ds.all", "stored", 1L), (Text(messages[0], "from"), Text(messages[0], "room"), Text(messages[0], "body"), Number(messages[0], "rseq")));
            Assert.Equal("live", Text(messages[1], "body"));
            Assert.False(messages[1].TryGetProperty("rseq", out _));
            await client.SettleAsync();
            Assert.Equal(2, client.Count("msg"));
        }

        await all[0].SendFrameAsync("""{"to":"carol","body":"only this"}""");
        Assert.Equal("only this", (await plain.NextMessageAsync()).Body);
    }

    [Fact]
    public async Task It_comes_first_behind_the_welcome_and_who_was_away_reads_on_while_who_is_new_begins_at_the_end()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var phone = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var joined = await phone.EveryoneAsync();
        Assert.Equal((1L, "joined"), (Number(phone.Welcome, "rooms"), Text(phone.Arrived[1], "type")));
        Assert.Equal(["type", "room", "rseq", "epoch", "after", "read"], joined.EnumerateObject().Select(member => member.Name));
        Assert.Equal((0L, 0L), (Number(joined, "rseq"), Number(joined, "after")));
        await LeaveAsync(cluster, phone);
        await PostAsync(cluster[0], """{"from":"ops","room":"ds.all","body":"1","id":"m1"}""");
        await PostAsync(cluster[1], """{"from":"ops","room":"ds.all","body":"2","id":"m2"}""");

        var again = await cluster.GreetAsync("alice", node: 1, device: "phone");
        Assert.Equal((2L, 0L), await PlaceAsync(again));
        Assert.Equal(["1", "2"], await again.NextBodiesAsync(2));
        var tablet = await cluster.GreetAsync("alice", node: 1, device: "tablet");
        var stranger = await cluster.GreetAsync("bob", node: 0);
        Assert.Equal((2L, 2L), await PlaceAsync(tablet));
        Assert.Equal((2L, 2L), await PlaceAsync(stranger));

        await again.SendFrameAsync("""{"type":"ack","room":"ds.all","rseq":2}""");
        await LeaveAsync(cluster, again);
        var third = await cluster.GreetAsync("alice", node: 0, device: "phone");
        Assert.Equal((2L, 2L), await PlaceAsync(third));
        await PostAsync(cluster[0], """{"from":"ops","room":"ds.all","body":"3","id":"m3"}""");
        foreach (var client in (DsClient[])[third, tablet, stranger])
        {
            Assert.Equal(["3"], await client.NextBodiesAsync(1));
        }

        static async Task<(long, long)> PlaceAsync(DsClient client)
        {
            var joined = await client.EveryoneAsync();
            return (Number(joined, "rseq"), Number(joined, "after"));
        }
    }

    [Fact]
    public async Task What_the_log_has_no_more_is_told_as_a_gap()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await LeaveAsync(cluster, await cluster.GreetAsync("alice", device: "phone"));
        for (var batch = 0; batch < 2; batch++)
        {
            var messages = Enumerable.Range(0, 600).Select(number => $$"""{"from":"ops","room":"ds.all","body":"x","id":"{{batch}}-{{number}}"}""");
            await PostAsync(cluster[0], $$"""{"messages":[{{string.Join(',', messages)}}]}""", "/batch");
        }

        var alice = await cluster.GreetAsync("alice", device: "phone");
        var joined = await alice.EveryoneAsync();
        Assert.Equal(("trimmed", 200L), (Text(joined, "reason"), Number(joined, "after")));
        var gap = joined.GetProperty("gap");
        Assert.Equal((1L, 200L, "ds.all"), (Number(gap, "from"), Number(gap, "to"), Text(gap, "room")));
        await alice.NextBodiesAsync(1000);
    }

    [Fact]
    public async Task Nobody_can_enter_leave_or_write_to_it_and_all_may_read_it_whatever_their_token_says()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        await using var alice = await DsClient.OpenAsync(cluster[0].Uri, null);
        await alice.SendFrameAsync($$"""{"type":"hello","token":"{{Tokens.Of("alice", ("ds.rooms", new Dictionary<string, string>()))}}"}""");
        await alice.NextAsync("welcome");
        foreach (var frame in (string[])
            [
                """{"type":"join","room":"ds.all","id":"x"}""", """{"type":"leave","room":"ds.all","id":"x"}""", """{"type":"members","room":"ds.all","id":"x"}""",
                """{"type":"msg","room":"ds.all","body":1,"id":"x"}""", """{"type":"edit","room":"ds.all","mid":"m","body":1,"id":"x"}""",
                """{"type":"delete","room":"ds.all","mid":"m","id":"x"}""", """{"type":"presence","op":"sub","room":"ds.all","id":"x"}""",
                """{"type":"history","room":"ds.other","id":"x"}""",
            ])
        {
            await alice.SendFrameAsync(frame);
            Assert.Equal(("forbidden", "x"), Codes(await alice.NextAsync("error")));
        }

        await alice.SendFrameAsync("""{"type":"typing","room":"ds.all","on":true}""");
        Assert.Equal("forbidden", Text(await alice.NextAsync("error"), "code"));
        await alice.SendFrameAsync("""{"type":"ack","room":"ds.all","rseq":1}""");
        Assert.Equal("bad_frame", Text(await alice.NextAsync("error"), "code"));
        await cluster.Rooms.Log.AppendAsync(RoomId.Everyone, [Rooms.RoomLogUnderTest.Message("\"hi\"")], default, CancellationToken.None);
        await alice.SendFrameAsync("""{"type":"history","room":"ds.all","id":"h"}""");
        Assert.Equal("hi", Text(Assert.Single((await alice.NextAsync("history")).GetProperty("messages").EnumerateArray()), "body"));

        // The look at the log, which there is every minute at least, has found it.
        Assert.Equal(["hi"], await alice.NextBodiesAsync(1));
        await alice.SendFrameAsync("""{"type":"read","room":"ds.all","upto":1}""");
        await alice.SendFrameAsync("""{"type":"ack","room":"ds.all","rseq":1}""");
        await alice.SendFrameAsync($$"""{"type":"auth","token":"{{Tokens.Of("alice")}}"}""");
        await alice.NextAsync("auth");
        Assert.Equal((0, 1), (alice.Count("left"), alice.Everyone.Count));
    }

    [Fact]
    public async Task Whoever_has_everything_begins_in_it_without_a_call_more()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await PostAsync(cluster[0], """{"from":"ops","room":"ds.all","body":"1","id":"m1"}""");
        await cluster.GreetAsync("alice", device: "phone");
        var before = cluster[0].Store.Calls.Count;
        await cluster.GreetAsync("bob", device: "phone");

        Assert.Equal(["BeginAsync", "BeginRoomsAsync"], cluster[0].Store.Calls.Skip(before).Where(call => call.Contains("Begin", StringComparison.Ordinal) || call.Contains("Restart", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task Log_in_another_life_begins_again_for_all()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0);
        var bob = await cluster.GreetAsync("bob", node: 1);
        await PostAsync(cluster[0], """{"from":"ops","room":"ds.all","body":"before","id":"m1"}""");
        await alice.NextBodiesAsync(1);
        await bob.NextBodiesAsync(1);

        await cluster.Rooms.Log.With(RoomId.Everyone, log => log.CheckAgainst(log.End with { Rseq = long.MaxValue }));
        await PostAsync(cluster[0], """{"from":"ops","room":"ds.all","body":"after","id":"m2"}""");

        foreach (var client in (DsClient[])[alice, bob])
        {
            Assert.Equal(["before", "after"], await client.NextBodiesAsync(2));
            Assert.Equal("epoch", Text(client.Everyone[^1], "reason"));
        }

        Assert.Equal(Text(alice.Everyone[^1], "epoch"), Text(await (await cluster.GreetAsync("carol", node: 1)).EveryoneAsync(), "epoch"));
    }

    private static async Task LeaveAsync(TestCluster cluster, DsClient client)
    {
        await client.CloseAsync();
        await Eventually.IsAsync(
            () => cluster.Registry.Locate(new SocketNode.Messaging.UserId(client.User)).All(session => session.Connection.Value != Text(client.Welcome, "session")), $"{client.User} is gone");
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(TestNode node, string body, string path = "")
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(new Uri(node.Uri, $"/api/messages{path}"), content, TestContext.Current.CancellationToken);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (response.StatusCode, answer.RootElement.Clone());
    }
}
