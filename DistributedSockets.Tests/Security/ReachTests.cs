// T19: what a token does not grant is out of reach by WebSocket, event stream and API: another's inbox, a room, writing to who may only read.
using System.Net;
using System.Text.Json;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Security;

public sealed class ReachTests
{
    /// <summary>All that one can do with a room.</summary>
    private static IEnumerable<string> Commands(string room) =>
    [
        $$"""{"type":"join","room":"{{room}}"}""", $$"""{"type":"join","room":"{{room}}","since":{"rseq":0,"epoch":"e"} }""", $$"""{"type":"members","room":"{{room}}"}""",
        $$"""{"type":"history","room":"{{room}}"}""", $$"""{"type":"presence","op":"get","room":"{{room}}"}""", $$"""{"type":"presence","op":"sub","room":"{{room}}"}""",
        $$"""{"type":"ack","room":"{{room}}","rseq":0}""", $$"""{"type":"read","room":"{{room}}","upto":0}""", .. Writing(room),
    ];

    private static IEnumerable<string> Writing(string room) =>
    [
        $$"""{"type":"msg","room":"{{room}}","body":1,"id":"m"}""", $$"""{"type":"msg","room":"{{room}}","body":1}""", $$"""{"type":"typing","room":"{{room}}","on":true}""",
        $$"""{"type":"edit","room":"{{room}}","mid":"m","body":1,"id":"e"}""", $$"""{"type":"delete","room":"{{room}}","mid":"m","id":"d"}""",
    ];

    [Fact]
    public async Task Room_without_the_grant_is_out_of_reach_even_for_one_whom_the_api_has_put_there()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        using var operators = new ApiProgram(Tokens.Of("operator", ("scope", "ds.api")));
        foreach (var room in (string[])["secret", "news"])
        {
            await operators.AskAsync("PUT", cluster[0].Uri, $"rooms/{room}/members/mallory");
        }

        var token = Tokens.Of("mallory", ("ds.rooms", new Dictionary<string, string> { ["news"] = "r", ["secrets"] = "rw", ["Secret"] = "rw" }));
        await using var socket = await DsClient.OpenAsync(cluster[0].Uri, null);
        await socket.SendFrameAsync($$"""{"type":"hello","device":"phone","token":"{{token}}"}""");
        Assert.Equal(2, Number(await socket.NextAsync("welcome"), "rooms"));
        Assert.Equal("news", Text(await socket.NextAsync("joined"), "room"));
        await using var stream = await SseClient.OpenAsync(cluster[0].Uri, "", token);
        await stream.PostAsync("""{"type":"hello","device":"tablet"}""");
        Assert.Equal(2, Number(await stream.NextAsync("welcome"), "rooms"));
        Assert.Equal("news", Text(await stream.NextAsync("joined"), "room"));

        foreach (var command in Commands("secret").Concat(Writing("news")))
        {
            await socket.SendFrameAsync(command);
            AssertForbidden(await socket.NextAsync("error"), command);
            await stream.PostAsync(command);
            AssertForbidden(await stream.NextAsync("error"), command);
        }

        // What is said there does not come either, stored or live, nor who comes and goes.
        await operators.AskAsync("POST", cluster[0].Uri, "messages", """{"from":"operator","room":"secret","body":"s","id":"1"}""");
        await operators.AskAsync("POST", cluster[0].Uri, "messages", """{"from":"operator","room":"secret","body":"s","live":true}""");
        await operators.AskAsync("PUT", cluster[0].Uri, "rooms/secret/members/bob");
        await operators.AskAsync("POST", cluster[0].Uri, "messages", """{"from":"operator","room":"news","body":"n","id":"2"}""");
        Assert.Equal("n", Text(await socket.NextAsync("msg"), "body"));
        Assert.Equal("n", Text(await stream.NextAsync("msg"), "body"));
        await socket.SettleAsync();
        Assert.DoesNotContain(socket.Arrived, push => push.GetRawText().Contains("\"secret\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Inbox_of_another_and_the_whole_api_are_out_of_reach_for_a_user()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        using var operators = new ApiProgram(Tokens.Of("operator", ("scope", "ds.api")));
        await operators.AskAsync("POST", cluster[0].Uri, "messages", """{"from":"bob","to":"alice","body":"for alice","id":"1"}""");
        using var mallory = new ApiProgram(Tokens.Of("mallory", ("ds.rooms", new Dictionary<string, string> { ["*"] = "rw" })));
        using var reader = new ApiProgram(Tokens.Of("reader", ("scope", "ds.api.read")));
        foreach (var (method, path, body) in (IEnumerable<(string, string, string?)>)
            [
                ("GET", "users/alice", null), ("GET", "users/alice/inbox", null), ("GET", "users/alice/history?peer=bob", null), ("GET", "rooms/team", null), ("GET", "rooms/team/members", null),
                ("GET", "rooms/team/history", null), ("GET", "cluster", null), ("DELETE", "users/alice/inbox", null), ("POST", "users/alice/disconnect", "{}"),
                ("PUT", "rooms/team/members/mallory", null), ("DELETE", "rooms/team/members/alice", null), ("POST", "messages", """{"from":"alice","to":"bob","body":1}"""),
                ("POST", "messages/batch", """{"messages":[]}"""), ("POST", "revocations", """{"user":"alice"}"""),
            ])
        {
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, (await mallory.AskAsync(method, cluster[0].Uri, path, body)).Status));
            var allowed = (await reader.AskAsync(method, cluster[0].Uri, path, body)).Status is not HttpStatusCode.Forbidden;
            Assert.Equal((path, method == "GET"), (path, allowed));
        }

        Assert.Equal(1, await cluster.WaitingAsync("alice"));

        // Nor by the frames: a conversation is one's own, and a place in the inbox too.
        await using var socket = await DsClient.OpenAsync(cluster[0].Uri, null);
        await socket.SendFrameAsync($$"""{"type":"hello","device":"phone","ack":0,"token":"{{Tokens.Of("mallory")}}"}""");
        Assert.Equal(0, Number(await socket.NextAsync("welcome"), "seq"));
        foreach (var peer in (string[])["alice", "bob"])
        {
            await socket.SendFrameAsync($$"""{"type":"history","peer":"{{peer}}"}""");
            Assert.Equal(0, (await socket.NextAsync("history")).GetProperty("messages").GetArrayLength());
        }

        Assert.Equal(0, socket.Count("msg"));
    }

    private static void AssertForbidden(JsonElement error, string command) => Assert.True(Text(error, "code") == "forbidden", $"{command} got {error}");
}
