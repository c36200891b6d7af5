// T20: ids that mean something to Redis, RabbitMQ, a log, a path or JSON, in every place where an id is accepted, over real Redis and RabbitMQ.
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Security;

[Collection(SharedCluster.Name)]
public sealed partial class HostileIdTests(HostileNodes nodes, ITestOutputHelper output) : IClassFixture<HostileNodes>, IDisposable
{
    private readonly ApiProgram _api = new(Tokens.Of("operator", ("scope", "ds.api")));

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Accepted_ids_work_everywhere_and_appear_unescaped_nowhere()
    {
        foreach (var id in HostileIds.Accepted)
        {
            output.WriteLine($"with the id {Json(id)}");
            await using var bob = await DsClient.ConnectAsync(nodes.Open.Uri, RunningCluster.NewUser("bob"), "phone");
            await using var own = await GreetAsync(id);
            await WriteToEachOtherAsync(own, bob, id);
            await MeetInARoomAsync(own, bob, id);
            await UseTheApiAsync(own, bob, id);
            await ComeBackAsync(bob, id);
            await RevokeAsync(id);
        }

        AssertKeysAreWhole();
        Assert.NotEmpty(nodes.RoutingKeys);
        Assert.All(nodes.RoutingKeys, key => Assert.Matches(RoutingKeyPattern(), key));
        AssertLogIsWhole();

        // Otherwise the check of the log would prove nothing.
        Assert.Contains(nodes.Log, line => line.Contains("\\u{202e}evil\\u{2066}\\u{200f}", StringComparison.Ordinal));
        Assert.Contains(nodes.Log, line => line.Contains("😀😀😀", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refused_ids_are_refused_everywhere_with_what_the_protocol_says()
    {
        var user = RunningCluster.NewUser("mallory");
        await using var mallory = await DsClient.ConnectAsync(nodes.Open.Uri, user, "phone");
        await using var plain = await TestClient.ConnectAsync(nodes.Open.Uri, user);
        foreach (var json in HostileIds.Refused)
        {
            foreach (var frame in FramesWith(json))
            {
                await mallory.SendFrameAsync(frame);
                Assert.True("bad_recipient" == Text(await mallory.NextAsync("error"), "code"), $"{frame} got {mallory.Arrived[^1]}");
            }

            await plain.SendFrameAsync($$"""{"to":{{json}},"body":1}""");
            await using var device = await DsClient.OpenAsync(nodes.Open.Uri, user);
            await device.SendFrameAsync($$"""{"type":"hello","device":{{json}}}""");
            Assert.Equal("bad_frame", Text(await device.NextAsync("error"), "code"));
            Assert.Equal(4004, await device.WhenClosedAsync());
            await RefusedByTheApiAsync(json);
            if (HostileIds.Text(json) is { } id)
            {
                await RefusedAtTheDoorAsync(id);
            }
        }

        // Nobody has lost a connection by it.
        await mallory.SettleAsync();
        await plain.SendAsync(user, "still here");
        Assert.Equal("still here", (await plain.NextMessageAsync()).Body);
        AssertKeysAreWhole();
        AssertLogIsWhole();
    }

    private static async Task WriteToEachOtherAsync(DsClient own, DsClient bob, string id)
    {
        var mid = HostileIds.ForMessage(id);
        await bob.SendFrameAsync($$"""{"to":{{Json(id)}},"body":{{Json(id)}},"id":{{Json(mid)}},"ct":{{Json(mid)}}}""");
        var ack = await bob.NextAsync("ack");
        Assert.Equal(mid, Text(ack, "id"));
        var message = await own.NextAsync("msg");
        Assert.Equal((bob.User, id, id, mid, mid), (Text(message, "from"), Text(message, "to"), Text(message, "body"), Text(message, "id"), Text(message, "ct")));
        await own.AcknowledgeAsync(Number(message, "seq"));
        var delivered = await bob.NextAsync("receipt");
        Assert.Equal(("delivered", id, id), (Text(delivered, "state"), Text(delivered, "peer"), Text(delivered, "device")));
        await own.SendFrameAsync($$"""{"type":"read","from":{{Json(bob.User)}},"upto":{{Number(message, "seq")}}}""");
        var read = await bob.NextAsync("receipt");
        Assert.Equal(("read", id), (Text(read, "state"), Text(read, "peer")));

        await own.SendFrameAsync($$"""{"to":{{Json(bob.User)}},"body":1,"id":{{Json(mid)}}}""");
        Assert.Equal(id, Text(await bob.NextAsync("msg"), "from"));
        await bob.SendFrameAsync($$"""{"type":"typing","to":{{Json(id)}},"on":true}""");
        Assert.Equal(id, Text(await own.NextAsync("typing"), "to"));
        await bob.SendFrameAsync($$"""{"type":"edit","to":{{Json(id)}},"mid":"{{Text(ack, "mid")}}","body":2,"id":"edit"}""");
        Assert.Equal(Text(ack, "mid"), Text(await own.NextAsync("edit"), "of"));
        await bob.SendFrameAsync($$"""{"type":"presence","op":"sub","users":[{{Json(id)}}],"id":"p"}""");
        var presence = await bob.NextAsync("presence");
        Assert.Equal((id, true), (Text(presence, "user"), presence.GetProperty("online").GetBoolean()));
        await bob.SendFrameAsync($$"""{"type":"presence","op":"unsub","users":[{{Json(id)}}]}""");
        await Eventually.IsAsync(
            async () =>
            {
                await bob.SendFrameAsync($$"""{"type":"history","peer":{{Json(id)}},"id":"h"}""");
                return (await bob.NextAsync("history")).GetProperty("messages").EnumerateArray().Any(entry => Text(entry, "from") == id);
            },
            "the conversation has what was written");
    }

    private static async Task MeetInARoomAsync(DsClient own, DsClient bob, string id)
    {
        var (room, mid) = (Json(id), Json(HostileIds.ForMessage(id)));
        await own.SendFrameAsync($$"""{"type":"join","room":{{room}},"id":{{mid}}}""");
        Assert.Equal(id, Text(await own.NextAsync("joined"), "room"));
        await bob.SendFrameAsync($$"""{"type":"join","room":{{room}},"since":{"rseq":0,"epoch":"e"},"id":"j"}""");
        Assert.Contains(id, (await bob.NextAsync("joined")).GetProperty("members").EnumerateArray().Select(member => member.GetString()));
        await own.SendFrameAsync($$"""{"type":"msg","room":{{room}},"body":{{room}},"id":{{mid}}}""");
        var message = await bob.NextAsync("msg");
        Assert.Equal((id, id, id), (Text(message, "from"), Text(message, "room"), Text(message, "body")));
        await bob.SendFrameAsync($$"""{"type":"ack","room":{{room}},"rseq":1} {"type":"read","room":{{room}},"upto":1}""");
        await own.SendFrameAsync($$"""{"type":"typing","room":{{room}},"on":true}""");
        var typing = await bob.NextAsync("typing");
        Assert.Equal((id, id), (Text(typing, "from"), Text(typing, "room")));
        await bob.SendFrameAsync($$"""{"type":"members","room":{{room}},"after":{{room}},"id":"m"}""");
        Assert.Equal([bob.User], (await bob.NextAsync("members")).GetProperty("members").EnumerateArray().Select(member => member.GetString()));
        await bob.SendFrameAsync($$"""{"type":"history","room":{{room}},"id":"h"}""");
        Assert.Equal(id, Text((await bob.NextAsync("history")).GetProperty("messages")[0], "from"));
        await bob.SendFrameAsync($$"""{"type":"presence","op":"get","room":{{room}},"id":"p"}""");
        Assert.Equal(2, (await bob.NextAsync("presence")).GetProperty("members").GetArrayLength());
        await bob.SendFrameAsync($$"""{"type":"leave","room":{{room}},"id":"l"}""");
        Assert.Equal(id, Text(await bob.NextAsync("left"), "room"));
    }

    private async Task UseTheApiAsync(DsClient own, DsClient bob, string id)
    {
        var path = Uri.EscapeDataString(id);
        var user = await AskAsync("GET", $"users/{path}", HttpStatusCode.OK);
        Assert.Equal((id, id, id), (user.Text("user"), Text(user.Body.GetProperty("sessions")[0], "device"), user.Body.GetProperty("rooms")[0].GetString()));
        var room = await AskAsync("GET", $"rooms/{path}", HttpStatusCode.OK);
        Assert.Equal((id, 1), (room.Text("room"), room.Number("members")));
        Assert.Equal(id, (await AskAsync("PUT", $"rooms/{path}/members/{path}", HttpStatusCode.OK)).Text("user"));
        Assert.Equal(id, Text((await AskAsync("GET", $"rooms/{path}/members", HttpStatusCode.OK)).Body.GetProperty("members")[0], "user"));
        Assert.Equal(0, (await AskAsync("GET", $"rooms/{path}/members?after={path}", HttpStatusCode.OK)).Body.GetProperty("members").GetArrayLength());
        Assert.Equal(id, (await AskAsync("GET", $"rooms/{path}/history", HttpStatusCode.OK)).Text("room"));
        Assert.Equal(id, (await AskAsync("GET", $"users/{Uri.EscapeDataString(bob.User)}/history?peer={path}", HttpStatusCode.OK)).Text("peer"));
        await AskAsync("GET", $"users/{path}/inbox", HttpStatusCode.OK);
        await AskAsync("POST", "messages", HttpStatusCode.Accepted, $$"""{"from":{{Json(id)}},"to":{{Json(bob.User)}},"body":1,"id":"api"}""");
        Assert.Equal(id, Text(await bob.NextAsync("msg"), "from"));
        var batch = await AskAsync("POST", "messages/batch", HttpStatusCode.OK, $$"""{"messages":[{"from":"api","to":{{Json(id)}},"body":1},{"from":{{Json(id)}},"room":{{Json(id)}},"body":2}]}""");
        Assert.All(batch.Body.GetProperty("results").EnumerateArray(), result => Assert.Equal(202, Number(result, "status")));
        while (Text(await own.NextAsync("msg"), "from") != "api")
        {
            // Copies of what the user has sent by the API, and what was said in the room.
        }

        Assert.Equal(1, (await AskAsync("POST", $"users/{path}/disconnect", HttpStatusCode.OK, $$"""{"device":{{Json(id)}}}""")).Number("connections"));
        Assert.Equal(4003, await own.WhenClosedAsync());
        await AskAsync("DELETE", $"rooms/{path}/members/{path}", HttpStatusCode.NoContent);
        await AskAsync("DELETE", $"users/{path}/inbox", HttpStatusCode.OK);
    }

    /// <summary>Over the other transport, without a token, and over the plain profile.</summary>
    private async Task ComeBackAsync(DsClient bob, string id)
    {
        await bob.SendFrameAsync($$"""{"to":{{Json(id)}},"body":"while away","id":"w"}""");
        await bob.NextAsync("ack");
        var (stream, welcome) = await SseClient.GreetAsync(nodes.Open.Uri, Uri.EscapeDataString(id), $"\"device\":{Json(id)}");
        await using var _ = stream;
        Assert.Equal((id, id), (Text(welcome, "user"), Text(welcome, "device")));
        var message = await stream.NextAsync("msg");
        while (message.GetProperty("body").GetRawText() != "\"while away\"")
        {
            // Copies come to a device that was away, too.
            message = await stream.NextAsync("msg");
        }

        await stream.PostAsync($$"""{"type":"ack","seq":{{Number(message, "seq")}}}""");
        await using var plain = await TestClient.ConnectAsync(nodes.Open.Uri, id);
        await plain.SendAsync(id, id);
        var expected = new PlainMessage(id, id, id);
        while (await plain.NextMessageAsync() != expected)
        {
            // What the stream has not acknowledged yet comes before.
        }
    }

    private async Task RevokeAsync(string id)
    {
        var jti = HostileIds.ForMessage(id);
        await AskAsync("POST", "revocations", HttpStatusCode.NoContent, $$"""{"jti":{{Json(jti)}}}""");
        await Eventually.IsAsync(async () => await StatusAsync(Tokens.Of("somebody", ("jti", jti))) == HttpStatusCode.Unauthorized, "the token is refused");
        await AskAsync("POST", "revocations", HttpStatusCode.NoContent, $$"""{"user":{{Json(id)}}}""");
        await Eventually.IsAsync(async () => await StatusAsync(Tokens.Of(id, ("iat", 1))) == HttpStatusCode.Unauthorized, "the user is refused");
    }

    private async Task<HttpStatusCode> StatusAsync(string token)
    {
        using var answer = await UpgradeAttempt.SendAsync(nodes.Closed.Uri, null, token: token);
        return answer.StatusCode;
    }

    /// <summary>Every command with a name in it, one for each place.</summary>
    private static IEnumerable<string> FramesWith(string id) =>
    [
        $$"""{"to":{{id}},"body":1}""", $$"""{"type":"msg","room":{{id}},"body":1,"id":"x"}""", $$"""{"type":"typing","to":{{id}},"on":true}""", $$"""{"type":"typing","room":{{id}},"on":true}""",
        $$"""{"type":"read","from":{{id}},"upto":0}""", $$"""{"type":"read","room":{{id}},"upto":0}""", $$"""{"type":"ack","room":{{id}},"rseq":0}""",
        $$"""{"type":"join","room":{{id}}}""", $$"""{"type":"leave","room":{{id}}}""", $$"""{"type":"members","room":{{id}}}""", $$"""{"type":"members","room":"r","after":{{id}}}""",
        $$"""{"type":"history","room":{{id}}}""", $$"""{"type":"history","peer":{{id}}}""",
        $$"""{"type":"edit","to":{{id}},"mid":"m","body":1,"id":"x"}""", $$"""{"type":"delete","room":{{id}},"mid":"m","id":"x"}""",
        $$"""{"type":"presence","op":"get","users":["bob",{{id}}]}""", $$"""{"type":"presence","op":"sub","users":[{{id}}]}""", $$"""{"type":"presence","op":"sub","room":{{id}}}""",
    ];

    private async Task RefusedByTheApiAsync(string id)
    {
        foreach (var (path, body) in (IEnumerable<(string, string)>)
            [
                ("messages", $$"""{"from":{{id}},"to":"bob","body":1}"""), ("messages", $$"""{"from":"api","to":{{id}},"body":1}"""), ("messages", $$"""{"from":"api","room":{{id}},"body":1}"""),
                ("users/bob/disconnect", $$"""{"device":{{id}}}"""), ("revocations", $$"""{"user":{{id}}}"""),
            ])
        {
            await AskAsync("POST", path, HttpStatusCode.BadRequest, body);
        }
    }

    /// <summary>By the address, a path, a query or a token.</summary>
    private async Task RefusedAtTheDoorAsync(string id)
    {
        using var socket = await UpgradeAttempt.SendAsync(nodes.Open.Uri, id);
        Assert.Equal(HttpStatusCode.BadRequest, socket.StatusCode);
        using var stream = await SseClient.AskAsync(nodes.Open.Uri, $"?user_id={Uri.EscapeDataString(id)}");
        Assert.Equal(HttpStatusCode.BadRequest, stream.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(Tokens.Of(id)));
        var path = Uri.EscapeDataString(id);
        foreach (var (method, asked) in (IEnumerable<(string, string)>)
            [
                ("GET", $"users/{path}"), ("GET", $"rooms/{path}"), ("PUT", $"rooms/{path}/members/bob"), ("DELETE", $"rooms/team/members/{path}"), ("GET", $"rooms/{path}/history"),
                ("GET", $"users/bob/history?peer={path}"), ("GET", $"rooms/team/members?after={path}"), ("DELETE", $"users/{path}/inbox"),
            ])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(nodes.Closed.Uri, $"/api/{asked}"));
            Assert.Equal(HttpStatusCode.BadRequest, await _api.StatusAsync(request));
        }
    }

    private async Task<DsClient> GreetAsync(string id)
    {
        // The grant is for the room of that name and no other: what means something in a pattern is escaped.
        var grant = id.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal);
        var token = Tokens.Of(id, ("ds.rooms", new Dictionary<string, string> { [grant] = "rw" }));
        var client = await DsClient.OpenAsync(nodes.Closed.Uri, id, options => options.SetRequestHeader("Authorization", $"Bearer {token}"));
        await client.SendFrameAsync($$"""{"type":"hello","device":{{Json(id)}},"client":{"name":{{Json(id)}} } }""");
        client.Welcome = await client.NextAsync("welcome");
        Assert.Equal((id, id), (Text(client.Welcome, "user"), Text(client.Welcome, "device")));
        return client;
    }

    private async Task<ApiAnswer> AskAsync(string method, string path, HttpStatusCode expected, string? body = null)
    {
        var answer = await _api.AskAsync(method, nodes.Closed.Uri, path, body);
        Assert.True(expected == answer.Status, $"{method} {path} with {body} got {answer.Status} {answer.Body}");
        return answer;
    }

    private void AssertKeysAreWhole()
    {
        var keys = nodes.Cluster.RedisServer.Keys(pattern: "*", pageSize: 1000).Select(key => key.ToString()).ToList();
        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.Matches(KeyPattern(), key));
    }

    private void AssertLogIsWhole()
    {
        var log = nodes.Log.ToList();
        Assert.DoesNotContain(log, line => line.StartsWith(HostileIds.Forged, StringComparison.Ordinal));
        Assert.DoesNotContain(log, line => line.EnumerateRunes().Any(rune => HostileIds.IsInvisible(rune)));
    }

    private static string Json(string text) => JsonSerializer.Serialize(text);

    /// <summary>One pair of braces, and in it nothing that was not encoded.</summary>
    [GeneratedRegex(@"^ds:\{(nodes|revoked|due:\d+|n:[\w-]+#\d+|[ur]:[A-Za-z0-9\-._~%]+|c:[A-Za-z0-9\-._~%]+:[A-Za-z0-9\-._~%]+)\}(:[a-z]+)(:[A-Za-z0-9_%-]+)?$")]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"^(server\.[A-Za-z0-9_-]+(\.\d+)?|rooms\.\d+)$")]
    private static partial Regex RoutingKeyPattern();
}
