// The fallback transport: the same frames, sessions and promises without a WebSocket.
using System.Net;
using System.Text;
using System.Text.Json;
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class SseTests
{
    [Fact]
    public async Task Messages_acks_and_receipts_travel_both_ways()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var bob = await cluster.GreetAsync("bob", node: 1);
        var (alice, welcome) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var _ = alice;
        Assert.Equal(("alice", "phone", "server-1"), (Text(welcome, "user"), Text(welcome, "device"), Text(welcome, "node")));
        Assert.True(cluster.Knows("alice"));

        Assert.Equal(HttpStatusCode.NoContent, await alice.PostAsync("""{"to":"bob","body":"hi","id":"a1"} {"type":"ping","t":7}"""));
        Assert.Equal("hi", Text(await bob.NextAsync("msg"), "body"));
        Assert.Equal(["ack", "pong"], (await NextTypesAsync(alice, 2)).Order());
        await bob.AcknowledgeAsync(1);
        var receipt = await alice.NextAsync("receipt");
        Assert.Equal("delivered", Text(receipt, "state"));

        await bob.SendFrameAsync("{\"to\":\"alice\",\"body\":{\"a\":\n1},\"id\":\"b1\"}");
        var message = await alice.NextAsync("msg");
        Assert.Equal(1, message.GetProperty("body").GetProperty("a").GetInt32());
        await alice.PostAsync($$"""{"type":"ack","seq":{{message.GetProperty("seq")}}}""");
        Assert.Equal("delivered", Text(await bob.NextAsync("receipt"), "state"));
    }

    [Fact]
    public async Task Rooms_are_the_same_over_both_transports()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var bob = await cluster.GreetAsync("bob", node: 1);
        var (alice, _) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var owned = alice;
        Assert.Single(alice.Everyone);
        await bob.SendFrameAsync("""{"type":"join","room":"team","id":"j"}""");
        await bob.NextAsync("joined");
        await alice.PostAsync("""{"type":"join","room":"team","id":"j"}""");
        Assert.Equal(2, (await alice.NextAsync("joined")).GetProperty("count").GetInt32());

        await alice.PostAsync("""{"type":"msg","room":"team","body":"from alice","id":"a1"}""");
        Assert.Equal("a1", Text(await alice.NextAsync("ack"), "id"));
        Assert.Equal("from alice", Text(await bob.NextAsync("msg"), "body"));
        await bob.SendFrameAsync("""{"type":"msg","room":"team","body":"from bob","id":"b1"}""");
        Assert.Equal("from bob", Text(await alice.NextAsync("msg"), "body"));
    }

    [Fact]
    public async Task Stream_says_what_caches_and_proxies_must_know_and_comes_at_once()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=alice");
        Assert.Equal("text/event-stream", alice.Answer.Content.Headers.ContentType?.MediaType);
        Assert.True(alice.Answer.Headers.CacheControl?.NoStore);
        Assert.Equal("no", Assert.Single(alice.Answer.Headers.GetValues("X-Accel-Buffering")));
        Assert.StartsWith("ds-node=server-1;", Assert.Single(alice.Answer.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        Assert.Equal(new Uri(cluster[0].Uri, $"/sse/{Text(alice.Open, "connection")}"), new Uri(Text(alice.Open, "url")!));
    }

    [Fact]
    public async Task Resume_works_from_one_transport_to_the_other()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var bob = await cluster.GreetAsync("bob");
        var (first, welcome) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await first.DisposeAsync();
        await Eventually.IsAsync(() => !cluster.Knows("alice"), "alice is gone");
        await bob.SendAsync("alice", "while away", "b1");
        await bob.NextAsync("ack");

        var socket = await cluster.GreetAsync("alice", node: 1, "phone", $"\"resume\":\"{Text(welcome, "resume")}\"");
        Assert.True(socket.Welcome.GetProperty("resumed").GetBoolean());
        var message = await socket.NextAsync("msg");
        await socket.CloseAsync();
        await bob.SendAsync("alice", "away again", "b2");
        await bob.NextAsync("ack");

        var (second, again) = await SseClient.GreetAsync(
            cluster[0].Uri, "alice", $$"""
            "device":"phone","resume":"{{Text(socket.Welcome, "resume")}}","ack":{{message.GetProperty("seq")}},"epoch":"{{Text(socket.Welcome, "epoch")}}"
            """);
        await using var _ = second;
        Assert.True(again.GetProperty("resumed").GetBoolean());
        Assert.Equal("away again", Text(await second.NextAsync("msg"), "body"));
    }

    [Fact]
    public async Task Same_device_on_the_other_transport_takes_over()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var (alice, _) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var owned = alice;
        await cluster.GreetAsync("alice", device: "phone");
        Assert.Equal(CloseReason.Superseded.Code, await alice.WhenClosedAsync());
        Assert.Equal(HttpStatusCode.NotFound, await alice.PostAsync(""));
    }

    [Fact]
    public async Task Bye_ends_the_stream_and_what_is_posted_then_finds_nobody()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var (alice, _) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var owned = alice;
        await alice.PostAsync("""{"type":"bye"}""");
        Assert.Equal(1000, await alice.WhenClosedAsync());
        await Eventually.IsAsync(() => !cluster.Knows("alice") && cluster[0].Requests == 0, "nothing of alice is left");
        Assert.Equal(HttpStatusCode.NotFound, await alice.PostAsync(""));
    }

    [Fact]
    public async Task Stopping_node_sends_its_streams_away_those_without_a_hello_too()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var (alice, _) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var owned = alice;
        await using var silent = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=silent");
        await cluster[0].StopAsync();
        Assert.Equal(CloseReason.Drain.Code, await alice.WhenClosedAsync());
        Assert.Equal(CloseReason.Drain.Code, await silent.WhenClosedAsync());
    }

    [Fact]
    public async Task Who_says_no_hello_in_time_is_closed()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:HelloTimeout=00:00:00.1");
        await using var silent = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=alice");
        Assert.Equal(CloseReason.NoHello.Code, await silent.WhenClosedAsync());
    }

    [Fact]
    public async Task Who_begins_with_something_else_is_told_so_and_closed()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=alice");
        await alice.PostAsync("""{"to":"bob","body":1}""");
        Assert.Equal("bad_frame", Text(await alice.NextAsync("error"), "code"));
        Assert.Equal(CloseReason.BadProtocol.Code, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task Ping_is_an_event_and_an_empty_post_answers_it()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:PingInterval=00:00:01", "Limits:PingTimeout=00:00:01");
        var (alice, _) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var owned = alice;
        for (var pings = 0; pings < 3; pings++)
        {
            Assert.Equal(("ping", ""), await alice.NextEventAsync());
            Assert.Equal(HttpStatusCode.NoContent, await alice.PostAsync(""));
        }

        // The next one is not answered: cut off, without a word.
        Assert.Equal(("ping", ""), await alice.NextEventAsync());
        await Assert.ThrowsAnyAsync<IOException>(alice.NextEventAsync);
        await Eventually.IsAsync(() => !cluster.Knows("alice"), "alice is gone");
    }

    [Fact]
    public async Task Number_that_is_repeated_is_not_taken_twice_and_one_that_is_left_out_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var bob = await cluster.GreetAsync("bob");
        var (alice, _) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var owned = alice;
        var frame = """{"to":"bob","body":"once"}"""u8.ToArray();
        using var first = await alice.PostAsync(2, frame);
        using var again = await alice.PostAsync(2, frame);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (first.StatusCode, again.StatusCode));

        using var skipped = await alice.PostAsync(4, frame);
        Assert.Equal(HttpStatusCode.BadRequest, skipped.StatusCode);
        Assert.Equal("""{"error":"bad_number: the next ds-number is 3"}""", await skipped.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var next = await alice.PostAsync(3, """{"to":"bob","body":"then"}"""u8.ToArray());
        Assert.Equal(HttpStatusCode.NoContent, next.StatusCode);
        Assert.Equal(["once", "then"], await bob.NextBodiesAsync(2));
        await bob.SettleAsync();
        Assert.Equal(2, bob.Count("msg"));
    }

    [Fact]
    public async Task Post_is_refused_to_who_has_not_the_key_or_sends_no_json_or_comes_from_a_foreign_page()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await using var alice = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=alice");
        var hello = """{"type":"hello"}"""u8.ToArray();
        using var stranger = await alice.PostAsync(1, hello, key: new string('0', 64));
        Assert.Equal(HttpStatusCode.Forbidden, stranger.StatusCode);
        using var form = await alice.PostAsync(1, hello, type: "text/plain");
        Assert.Equal(HttpStatusCode.BadRequest, form.StatusCode);
        using var foreign = await alice.PostAsync(1, hello, origin: "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        Assert.False(foreign.Headers.Contains("Access-Control-Allow-Origin"));

        using var http = new HttpClient();
        using var elsewhere = await http.PostAsync(
            new Uri(cluster[1].Uri, $"/sse/{Text(alice.Open, "connection")}"), new StringContent("{}", Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);

        using var own = await alice.PostAsync(1, hello);
        Assert.Equal(HttpStatusCode.NoContent, own.StatusCode);
        await alice.NextAsync("welcome");
    }

    [Fact]
    public async Task Frame_beyond_the_limit_is_refused_and_ends_the_connection()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:FrameBytes=1024");
        var (alice, _) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var owned = alice;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await alice.PostAsync(new string(' ', 1025)));
        Assert.Equal(CloseReason.FrameTooLarge.Code, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task Post_that_is_not_utf8_ends_the_connection()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var (alice, _) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var owned = alice;
        using var answer = await alice.PostAsync(2, [(byte)'"', 0xc3, 0x28, (byte)'"']);
        Assert.Equal(CloseReason.NotUtf8.Code, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task While_the_node_does_not_read_posts_are_put_off_and_none_is_lost()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:MessagesInFlight=1", "Limits:FrameBytes=1024");
        var bob = await cluster.GreetAsync("bob");
        var (alice, _) = await SseClient.GreetAsync(cluster[0].Uri, "alice", "\"device\":\"phone\"");
        await using var owned = alice;
        var held = cluster[0].Store.HoldAnswers("AppendAsync");
        var taken = 0;
        while (await alice.PostAsync(Frame(taken)) == HttpStatusCode.NoContent)
        {
            Assert.InRange(++taken, 1, 20);
        }

        using var putOff = await alice.PostAsync(alice.Number + 1, Encoding.UTF8.GetBytes(Frame(taken)));
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)), (putOff.StatusCode, putOff.Headers.RetryAfter?.Delta));
        held.Release();
        await Eventually.IsAsync(async () => await alice.PostAsync(Frame(taken)) == HttpStatusCode.NoContent, "there is room");
        Assert.Equal(Enumerable.Range(0, taken + 1).Select(number => $"{number}".PadRight(900)), await bob.NextBodiesAsync(taken + 1));

        static string Frame(int number) => $$"""{"to":"bob","body":"{{number,-900}}","id":"a{{number}}"}""";
    }

    [Fact]
    public async Task Client_that_does_not_read_its_stream_is_cut_off_and_costs_nobody_else_anything()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:SendQueueMessages=20");
        var (stalled, _) = await SseClient.GreetAsync(cluster[0].Uri, "stalled", "\"device\":\"phone\"");
        await using var owned = stalled;
        var bob = await cluster.ConnectAsync("bob");
        var large = new string('x', 60_000);
        for (var sent = 0; cluster[0].Table.Find(new("stalled")) is { Connections: [{ IsClosing: false }] }; sent++)
        {
            Assert.True(sent < 5_000, "the stalled client was never cut off");
            await bob.SendAsync("stalled", large);
            await bob.SendAsync("bob", $"{sent}");
            Assert.Equal($"{sent}", (await bob.NextMessageAsync()).Body);
        }

        await Eventually.IsAsync(() => !cluster.Knows("stalled") && cluster[0].Requests == 0, "its request is over");
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest, "user_id required")]
    [InlineData("?user_id=a&user_id=b", HttpStatusCode.BadRequest, "user_id given more than once")]
    public async Task Request_that_breaks_a_rule_is_refused_as_a_socket_is(string query, HttpStatusCode status, string error)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        using var answer = await SseClient.AskAsync(cluster[0].Uri, query);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal($$"""{"error":"{{error}}"}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Limits_of_connections_hold_for_streams_too()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:ConnectionsPerUser=1", "Limits:AddressConnectsPerSecond=1", "Limits:AddressConnectsBurst=5");
        await cluster.GreetAsync("alice");
        await using var second = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=alice");
        await second.PostAsync("""{"type":"hello"}""");
        Assert.Equal(CloseReason.TooManyConnections.Code, await second.WhenClosedAsync());
        using var third = await TooMany.RequestsAsync(() => SseClient.AskAsync(cluster[0].Uri, "?user_id=bob"));
        Assert.Contains("Limits:AddressConnectsPerSecond", await third.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_says_who_it_is_in_the_header_or_in_the_hello()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        await using var alice = await SseClient.OpenAsync(cluster[0].Uri, "", Tokens.Of("alice"));
        await alice.PostAsync("""{"type":"hello"}""");
        Assert.Equal("alice", Text(await alice.NextAsync("welcome"), "user"));

        await using var bob = await SseClient.OpenAsync(cluster[0].Uri, "");
        await bob.PostAsync($$"""{"type":"hello","token":"{{Tokens.Of("bob")}}"}""");
        Assert.Equal("bob", Text(await bob.NextAsync("welcome"), "user"));
        await bob.PostAsync($$"""{"type":"auth","token":"{{Tokens.Of("bob")}}","id":"1"}""");
        Assert.Equal("1", Text(await bob.NextAsync("auth"), "id"));

        await using var nobody = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=carol");
        await nobody.PostAsync("""{"type":"hello"}""");
        Assert.Equal("unauthenticated", Text(await nobody.NextAsync("error"), "code"));
        Assert.Equal(CloseReason.Unauthenticated.Code, await nobody.WhenClosedAsync());
        using var forged = await SseClient.AskAsync(cluster[0].Uri, "", Tokens.Of("alice") + "x");
        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
    }

    [Fact]
    public async Task Pages_of_allowed_origins_may_come_and_no_others()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "AllowedOrigins:0=https://chat.example");
        await using var alice = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=alice", origin: "https://chat.example");
        Assert.Equal("https://chat.example", Assert.Single(alice.Answer.Headers.GetValues("Access-Control-Allow-Origin")));
        using var foreign = await SseClient.AskAsync(cluster[0].Uri, "?user_id=alice", origin: "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);

        using var http = new HttpClient();
        foreach (var (origin, path, status) in new[] { ("https://chat.example", "/sse/x", 204), ("https://chat.example", "/sse", 204), ("https://evil.example", "/sse/x", 403) })
        {
            using var asks = new HttpRequestMessage(HttpMethod.Options, new Uri(cluster[0].Uri, path));
            asks.Headers.Add("Origin", origin);
            using var answer = await http.SendAsync(asks, TestContext.Current.CancellationToken);
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal(status == 204, answer.Headers.Contains("Access-Control-Allow-Headers"));
        }
    }

    private static async Task<IReadOnlyList<string?>> NextTypesAsync(SseClient client, int count)
    {
        var types = new List<string?>();
        while (types.Count < count)
        {
            var (_, data) = await client.NextEventAsync();
            types.AddRange(data.Split('\n').Select(line => Text(JsonDocument.Parse(line).RootElement, "type")));
        }

        return types;
    }

    private static string? Text(JsonElement push, string name) => push.GetProperty(name).GetString();
}
