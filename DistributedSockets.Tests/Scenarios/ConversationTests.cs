// Users who write to each other over two nodes: what is left for them, and for the sender's other devices.
using System.Text.Json;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Scenarios;

public sealed class ConversationTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_sides_read_the_history_of_all_their_devices()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var bob = await cluster.GreetAsync("bob", node: 1, device: "phone");
        await SayAsync(alice, "bob", "1", "a1");
        await SayAsync(bob, "alice", "2", "b1");
        await alice.SendFrameAsync("""{"to":"bob","body":"fast"}""");

        var page = await HistoryAsync(alice, "bob", messages: 2);
        Assert.Equal([("alice", "a1"), ("bob", "b1")], Messages(page).Select(message => (Text(message, "from"), Text(message, "id"))).Order());
        Assert.Equal(["1", "2"], Messages(page).Select(message => Text(message, "body")).Order());
        Assert.Equal(("bob", 1L, 2L, false), (Text(page, "peer"), Number(page, "first"), Number(page, "last"), page.GetProperty("more").GetBoolean()));
        var theirs = await HistoryAsync(bob, "alice", messages: 2);
        Assert.Equal(Messages(page).Select(message => Text(message, "mid")), Messages(theirs).Select(message => Text(message, "mid")));

        var last = await HistoryAsync(bob, "alice", messages: 1, ",\"limit\":1");
        Assert.Equal((2L, true), (Number(Messages(last)[0], "rseq"), last.GetProperty("more").GetBoolean()));
        Assert.Equal(1, Number(Messages(await HistoryAsync(bob, "alice", messages: 1, ",\"limit\":1,\"before\":2"))[0], "rseq"));
        Assert.Equal(2, Number(Messages(await HistoryAsync(bob, "alice", messages: 1, ",\"limit\":1,\"after\":1"))[0], "rseq"));
        var carol = await cluster.GreetAsync("carol", node: 0);
        Assert.Empty(Messages(await HistoryAsync(carol, "alice", messages: 0)));
        await carol.SendFrameAsync("""{"type":"history","peer":" x","id":"h"}""");
        Assert.Equal(("bad_recipient", "h"), Codes(await carol.NextAsync("error")));
        await carol.SendFrameAsync("""{"type":"history","peer":"x","room":"y","id":"h"}""");
        Assert.Equal(("bad_frame", "h"), Codes(await carol.NextAsync("error")));
    }

    [Fact]
    public async Task The_senders_other_devices_see_what_was_sent_and_the_books_balance()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var bob = await cluster.GreetAsync("bob", node: 1, device: "phone");
        var phone = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var laptop = await cluster.GreetAsync("alice", node: 1, device: "laptop");
        var tablet = await cluster.GreetAsync("alice", node: 0, device: "tablet");
        await tablet.CloseAsync();
        var plain = await cluster.ConnectAsync("alice", node: 0);

        var ack = await SayAsync(phone, "bob", "1", "a1");
        var copy = await laptop.NextAsync("msg");
        Assert.Equal(
            ("alice", "bob", "1", "a1", Text(ack, "mid"), Number(ack, "ts")),
            (Text(copy, "from"), Text(copy, "to"), Text(copy, "body"), Text(copy, "id"), Text(copy, "mid"), Number(copy, "ts")));
        await bob.AcknowledgeAsync(Number(await bob.NextAsync("msg"), "seq"));
        var receipt = await laptop.NextAsync("receipt");
        Assert.True(Number(receipt, "seq") > Number(copy, "seq"));
        await phone.AcknowledgeAsync(Number(await phone.NextAsync("receipt"), "seq"));
        await laptop.AcknowledgeAsync(Number(receipt, "seq"));

        var back = await cluster.GreetAsync("alice", node: 1, device: "tablet");
        Assert.Equal(Text(ack, "mid"), Text(await back.NextAsync("msg"), "mid"));
        await back.NextAsync("receipt");
        await phone.SettleAsync();
        Assert.Equal((0, 0), (phone.Count("msg"), plain.Arrived.Count));

        var again = await cluster.GreetAsync("alice", node: 1, device: "phone", hello: "\"ack\":0,\"epoch\":\"" + Text(phone.Welcome, "epoch") + "\"");
        await again.NextAsync("receipt");
        Assert.Equal(0, again.Count("msg"));
        foreach (var (user, accepted) in new[] { ("alice", 0), ("bob", 1) })
        {
            var ledger = (await cluster.Inbox.SweepAsync(new UserId(user), CancellationToken)).Ledger;
            Assert.Equal((accepted, 0), (ledger.Accepted, ledger.Difference));
        }
    }

    [Fact]
    public async Task Of_a_user_with_one_device_nothing_is_copied_nor_of_what_one_writes_to_oneself()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice", device: "phone");
        await SayAsync(alice, "bob", "1", "a1");
        await HistoryAsync(alice, "bob", messages: 1);
        Assert.Empty(await cluster.StoredAsync("alice"));

        var laptop = await cluster.GreetAsync("alice", device: "laptop");
        await SayAsync(alice, "alice", "note", "a2");
        await HistoryAsync(alice, "alice", messages: 1);

        Assert.Single(await cluster.StoredAsync("alice"));
        Assert.Equal(["note"], await laptop.NextBodiesAsync(1));
        Assert.Equal(["note"], await alice.NextBodiesAsync(1));
    }

    [Fact]
    public async Task An_edit_and_a_deletion_reach_a_user_who_was_away_the_own_devices_and_the_history()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await (await cluster.GreetAsync("bob", node: 1, device: "phone")).CloseAsync();
        var alice = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var laptop = await cluster.GreetAsync("alice", node: 1, device: "laptop");
        var (first, second) = (Text(await SayAsync(alice, "bob", "1", "a1"), "mid"), Text(await SayAsync(alice, "bob", "2", "a2"), "mid"));

        // At once: what was stored may not have come into the conversation yet.
        var edited = await ChangeAsync(alice, $$"""{"type":"edit","to":"bob","mid":"{{first}}","body":"1a","id":"e1"}""");
        var deleted = await ChangeAsync(laptop, $$"""{"type":"delete","to":"bob","mid":"{{second}}","id":"d1"}""");
        Assert.Equal((3L, 4L), (Number(edited, "seq"), Number(deleted, "seq")));
        var repeated = await ChangeAsync(alice, $$"""{"type":"edit","to":"bob","mid":"{{first}}","body":"1a","id":"e1"}""");
        Assert.Equal((Text(edited, "mid"), 3L, true), (Text(repeated, "mid"), Number(repeated, "seq"), repeated.GetProperty("dup").GetBoolean()));

        var bob = await cluster.GreetAsync("bob", node: 0, device: "phone");
        Assert.Equal(["1", "2"], await bob.NextBodiesAsync(2));
        var edit = await bob.NextAsync("edit");
        Assert.Equal(
            ("alice", "bob", first, "1a", Text(edited, "mid"), 3L), (Text(edit, "from"), Text(edit, "to"), Text(edit, "of"), Text(edit, "body"), Text(edit, "mid"), Number(edit, "seq")));
        var delete = await bob.NextAsync("delete");
        Assert.Equal((second, 4L, false), (Text(delete, "of"), Number(delete, "seq"), delete.TryGetProperty("body", out _)));
        Assert.Equal((first, "bob"), await laptop.NextAsync("edit") is var copy ? (Text(copy, "of"), Text(copy, "to")) : default);
        Assert.Equal((second, "bob"), await alice.NextAsync("delete") is var other ? (Text(other, "of"), Text(other, "to")) : default);

        var shown = Messages(await HistoryAsync(bob, "alice", messages: 2));
        Assert.Equal(("1a", true), (Text(shown[0], "body"), shown[0].TryGetProperty("edited", out _)));
        Assert.Equal((false, true), (shown[1].TryGetProperty("body", out _), shown[1].TryGetProperty("deleted", out _)));
        await bob.AcknowledgeAsync(4);
        await Eventually.IsAsync(() => ReceiptsOf(alice).Count() == 4, "alice has a receipt for each");
        Assert.Equal(0, (await cluster.Inbox.SweepAsync(new UserId("bob"), CancellationToken)).Ledger.Difference);
    }

    [Fact]
    public async Task What_may_not_be_changed_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, "Limits:EditsPerMessage=1");
        var alice = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var bob = await cluster.GreetAsync("bob", node: 1, device: "phone");
        var mid = Text(await SayAsync(alice, "bob", "1", "a1"), "mid");
        await HistoryAsync(alice, "bob", messages: 1);

        await bob.SendFrameAsync($$"""{"type":"edit","to":"alice","mid":"{{mid}}","body":"x","id":"e1"}""");
        Assert.Equal(("forbidden", "e1"), Codes(await bob.NextAsync("error")));
        await bob.SendFrameAsync("""{"type":"delete","to":"alice","mid":"none","id":"d1"}""");
        Assert.Equal(("no_such_message", "d1"), Codes(await bob.NextAsync("error")));
        await alice.SendFrameAsync($$"""{"type":"edit","to":"bob","mid":"{{mid}}","body":"x","id":"a1"}""");
        Assert.Equal(("id_reused", "a1"), Codes(await alice.NextAsync("error")));
        Assert.Equal("1", Text(Messages(await HistoryAsync(alice, "bob", messages: 1))[0], "body"));
        await alice.SendFrameAsync($$"""{"type":"edit","to":"bob","room":"r","mid":"{{mid}}","body":"x","id":"e2"}""");
        Assert.Equal(("bad_frame", "e2"), Codes(await alice.NextAsync("error")));
        Assert.DoesNotContain(await cluster.StoredAsync("alice"), entry => entry.IsChange);
    }

    [Fact]
    public async Task Of_a_user_with_a_plain_connection_a_change_counts_as_written()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var bob = await cluster.ConnectAsync("bob", node: 1);
        var alice = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var mid = Text(await SayAsync(alice, "bob", "1", "a1"), "mid");
        await ChangeAsync(alice, $$"""{"type":"delete","to":"bob","mid":"{{mid}}","id":"d1"}""");

        await Eventually.IsAsync(() => ReceiptsOf(alice).Count() == 2, "alice has a receipt for each");
        Assert.Equal(["1"], await bob.NextBodiesAsync(1));
        Assert.Single(bob.Arrived);
    }

    [Fact]
    public async Task A_node_that_is_killed_before_it_has_copied_leaves_nothing_lost()
    {
        await using var cluster = await TestCluster.StartAsync(new InboxLimits { VisitPeriod = TimeSpan.FromSeconds(1) }, nodes: 2);
        var alice = await cluster.GreetAsync("alice", node: 0, device: "phone");
        var laptop = await cluster.GreetAsync("alice", node: 1, device: "laptop");
        var held = cluster[0].Store.HoldAnswers("ReadOwedAsync");
        var mid = Text(await SayAsync(alice, "bob", "1", "a1"), "mid");
        await held.WhenReachedAsync();

        cluster[0].Store.Cut();
        held.Release();
        await cluster[0].KillAsync();

        Assert.Equal(mid, Text(await laptop.NextAsync("msg"), "mid"));
        Assert.Equal(mid, Text(Messages(await HistoryAsync(laptop, "bob", messages: 1))[0], "mid"));
        await Eventually.IsAsync(
            async () => (await cluster.Inbox.ReadOwedAsync(new UserId("bob"), 0, 10, CancellationToken)).Owed.Count == 0, "nothing is owed any more");
        foreach (var user in new[] { "alice", "bob" })
        {
            Assert.Equal(0, (await cluster.Inbox.SweepAsync(new UserId(user), CancellationToken)).Ledger.Difference);
        }

        Assert.Single(await cluster.StoredAsync("alice"));
    }

    /// <summary>Sends a message with an id.</summary>
    /// <returns>The ack.</returns>
    private static async Task<JsonElement> SayAsync(DsClient client, string to, string text, string id)
    {
        await client.SendAsync(to, text, id);
        return await client.NextAsync("ack");
    }

    private static async Task<JsonElement> ChangeAsync(DsClient client, string frame)
    {
        await client.SendFrameAsync(frame);
        return await client.NextAsync("ack");
    }

    /// <summary>A page of the history, as soon as it has so many messages.</summary>
    private static async Task<JsonElement> HistoryAsync(DsClient client, string peer, int messages, string more = "")
    {
        JsonElement page = default;
        await Eventually.IsAsync(
            async () =>
            {
                await client.SendFrameAsync($$"""{"type":"history","peer":"{{peer}}","id":"h"{{more}}}""");
                page = await client.NextAsync("history");
                return Messages(page).Count == messages;
            },
            $"{client.User} sees {messages} messages");
        return page;
    }

    private static List<JsonElement> Messages(JsonElement page) => [.. page.GetProperty("messages").EnumerateArray()];

    private static IEnumerable<string> ReceiptsOf(DsClient client) =>
        client.Arrived.Where(push => Text(push, "type") == "receipt").SelectMany(receipt => receipt.GetProperty("mid").EnumerateArray()).Select(mid => mid.GetString()!);
}
