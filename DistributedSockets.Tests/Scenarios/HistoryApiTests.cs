// Histories by the API, over nodes in this process: GET /api/rooms/{room}/history and /api/users/{user}/history.
using System.Globalization;
using System.Net;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class HistoryApiTests : IDisposable
{
    private readonly ApiProgram _api = new();

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Pages_go_both_ways_and_are_oldest_first()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var messages = Enumerable.Range(1, 120).Select(number => string.Create(CultureInfo.InvariantCulture, $$"""{"from":"a","room":"team","body":{{number}},"id":"m-{{number}}"}"""));
        await _api.AskAsync("POST", cluster[0].Uri, "messages/batch", $$"""{"messages":[{{string.Join(',', messages)}}]}""");

        var newest = await ReadAsync(cluster[1], "");
        Assert.Equal((HttpStatusCode.OK, "team", 1L, 120L), (newest.Status, newest.Text("room"), newest.Number("first"), newest.Number("last")));
        Assert.Equal(Enumerable.Range(71, 50), Bodies(newest));

        var before = await ReadAsync(cluster[1], "?before=71&limit=100");
        Assert.Equal(Enumerable.Range(1, 70), Bodies(before));
        Assert.False(before.Body.GetProperty("more").GetBoolean());
        var after = await ReadAsync(cluster[1], "?after=0&limit=100");
        Assert.Equal(Enumerable.Range(1, 100), Bodies(after));
        Assert.True(after.Body.GetProperty("more").GetBoolean());
        Assert.Equal(newest.Text("epoch"), after.Text("epoch"));
    }

    [Fact]
    public async Task Room_without_messages_has_an_empty_page()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        Assert.Equal("""{"room":"none","first":0,"last":0,"more":false,"messages":[]}""", (await _api.AskAsync("GET", cluster[0].Uri, "rooms/none/history")).Body.GetRawText());
    }

    [Fact]
    public async Task Messages_read_as_they_are_now()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.GreetAsync("alice", device: "phone");
        await alice.SendFrameAsync("""{"type":"join","room":"team"}""");
        await alice.NextAsync("joined");
        var mids = new List<string>();
        foreach (var number in (int[])[1, 2])
        {
            await alice.SendFrameAsync($$"""{"room":"team","body":{"a\u0026":"<{{number}}>"},"id":"m-{{number}}","ct":"x/y"}""");
            mids.Add((await alice.NextAsync("ack")).GetProperty("mid").GetString()!);
        }

        await alice.SendFrameAsync($$"""{"type":"edit","room":"team","mid":"{{mids[0]}}","body":"new","id":"e-1"}""");
        await alice.NextAsync("ack");
        await alice.SendFrameAsync($$"""{"type":"delete","room":"team","mid":"{{mids[1]}}","id":"d-1"}""");
        await alice.NextAsync("ack");

        var messages = (await ReadAsync(cluster[0], "")).Body.GetProperty("messages");

        Assert.Equal(("new", "m-1", mids[0]), (messages[0].GetProperty("body").GetString(), messages[0].GetProperty("id").GetString(), messages[0].GetProperty("mid").GetString()));
        Assert.True(messages[0].GetProperty("edited").GetInt64() > 0 && messages[1].GetProperty("deleted").GetInt64() > 0);
        Assert.False(messages[1].TryGetProperty("body", out _));
        Assert.Equal(2, messages.GetArrayLength());
    }

    [Fact]
    public async Task Conversation_reads_the_same_from_both_sides()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await _api.AskAsync("POST", cluster[0].Uri, "messages", """{"from":"alice","to":"bob","body":1,"id":"m-1"}""");
        await _api.AskAsync("POST", cluster[1].Uri, "messages", """{"from":"bob","to":"alice","body":2,"id":"m-2"}""");
        Task<ApiAnswer> TalkAsync(int node, string user, string peer) => _api.AskAsync("GET", cluster[node].Uri, $"users/{user}/history?peer={peer}");
        await Eventually.IsAsync(async () => (await TalkAsync(0, "alice", "bob")).Body.GetProperty("messages").GetArrayLength() == 2, "both messages are in the conversation");

        var (mine, theirs) = (await TalkAsync(0, "alice", "bob"), await TalkAsync(1, "bob", "alice"));

        Assert.Equal(mine.Body.GetProperty("messages").GetRawText(), theirs.Body.GetProperty("messages").GetRawText());
        Assert.Equal(("bob", "alice"), (mine.Text("peer"), theirs.Text("peer")));
        Assert.Equal(HttpStatusCode.BadRequest, (await _api.AskAsync("GET", cluster[0].Uri, "users/alice/history")).Status);
        Assert.Equal(0, (await TalkAsync(0, "alice", "carol")).Body.GetProperty("messages").GetArrayLength());
    }

    private static int[] Bodies(ApiAnswer page) => [.. page.Body.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("body").GetInt32())];

    private Task<ApiAnswer> ReadAsync(TestNode node, string query) => _api.AskAsync("GET", node.Uri, $"rooms/team/history{query}");
}
