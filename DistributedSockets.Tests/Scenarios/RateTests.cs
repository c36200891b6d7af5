// Who sends or connects too fast: what they are told, and that it costs nobody else anything.
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class RateTests
{
    [Fact]
    public async Task Message_above_the_rate_is_refused_with_the_limits_name_and_a_time_and_goes_through_later()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:MessagesPerSecond=1", "Limits:MessagesBurst=2");
        using var counts = new LimitCounts(cluster[0]);
        var alice = await cluster.GreetAsync("alice");
        var bob = await cluster.GreetAsync("bob");
        Assert.Equal(1, alice.Welcome.GetProperty("limits").GetProperty("sendPerSecond").GetInt32());

        await alice.SendFrameAsync("""{"to":"bob","body":"a","id":"1"}{"to":"bob","body":"b","id":"2"}{"to":"bob","body":"c","id":"3"}""");
        var error = await alice.NextAsync("error");
        Assert.Equal("rate_limited", Text(error, "code"));
        Assert.Equal("3", Text(error, "id"));
        Assert.Equal("Limits:MessagesPerSecond", Text(error, "limit"));
        Assert.True(error.GetProperty("temporary").GetBoolean());
        Assert.InRange(error.GetProperty("retryMs").GetInt32(), 1, 1_000);
        Assert.Equal(1, counts["Limits:MessagesPerSecond"]);

        // A timer counts whole milliseconds and may be up to one early.
        await Task.Delay(error.GetProperty("retryMs").GetInt32() + 1, TestContext.Current.CancellationToken);
        await alice.SendAsync("bob", "c", "3");
        Assert.Equal(["a", "b", "c"], await bob.NextBodiesAsync(3));
    }

    [Fact]
    public async Task Messages_of_a_user_count_over_all_connections_and_their_ends()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:UserMessagesPerSecond=1", "Limits:UserMessagesBurst=50");
        var burst = string.Concat(Enumerable.Repeat("""{"to":"bob","body":1}""", 50));
        var phone = await cluster.GreetAsync("alice", device: "phone");
        await phone.SendFrameAsync(burst);
        await phone.SettleAsync();
        await phone.CloseAsync();
        var laptop = await cluster.GreetAsync("alice", device: "laptop");
        await laptop.SendFrameAsync(burst);
        Assert.Equal("Limits:UserMessagesPerSecond", Text(await laptop.NextAsync("error"), "limit"));

        var carol = await cluster.GreetAsync("carol");
        await carol.SendAsync("bob", "4", "4");
        Assert.Equal("4", Text(await carol.NextAsync("ack"), "id"));
    }

    [Fact]
    public async Task Who_does_not_heed_refusals_is_closed()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:MessagesPerSecond=1", "Limits:MessagesBurst=1");
        var alice = await cluster.GreetAsync("alice");
        await alice.SendFrameAsync(string.Concat(Enumerable.Repeat("""{"to":"bob","body":1}""", 300)));
        Assert.Equal(CloseReason.TooFast.Code, await alice.WhenClosedAsync());
        Assert.Equal(200, alice.Count("error"));
    }

    [Fact]
    public async Task Typing_above_the_rate_is_dropped_without_a_word()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:MessagesPerSecond=1", "Limits:MessagesBurst=1");
        var alice = await cluster.GreetAsync("alice");
        var bob = await cluster.GreetAsync("bob");
        await alice.SendFrameAsync("""{"to":"bob","body":"first"}{"type":"typing","to":"bob","on":true}""");
        await alice.SettleAsync();
        await bob.NextAsync("msg");
        await bob.SettleAsync();

        Assert.Equal(0, bob.Count("typing"));
        Assert.Equal(0, alice.Count("error"));
    }

    [Fact]
    public async Task Tokens_to_be_checked_are_counted()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, [.. Tokens.Settings, "Limits:CommandsPerSecond=1", "Limits:CommandsBurst=2"]);
        await using var alice = await DsClient.OpenAsync(cluster[0].Uri, "alice");
        await alice.SendFrameAsync($$"""{"type":"hello","token":"{{Tokens.Of("alice")}}"}""");
        await alice.NextAsync("welcome");
        for (var id = 1; id <= 50; id++)
        {
            await alice.SendFrameAsync($$"""{"type":"auth","token":"{{Tokens.Of("alice")}}","id":"{{id}}"}""");
        }

        Assert.Equal("1", Text(await alice.NextAsync("auth"), "id"));
        Assert.Equal("2", Text(await alice.NextAsync("auth"), "id"));
        var error = await alice.NextAsync("error");
        Assert.Equal(("rate_limited", "Limits:CommandsPerSecond"), (Text(error, "code"), Text(error, "limit")));
    }

    [Fact]
    public async Task Plain_client_is_read_no_faster_than_it_may_send_and_loses_nothing()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:MessagesPerSecond=20", "Limits:MessagesBurst=5");
        using var counts = new LimitCounts(cluster[0]);
        var alice = await cluster.ConnectAsync("alice");
        var bob = await cluster.ConnectAsync("bob");
        var watch = Stopwatch.StartNew();

        // In one frame and in many: both ways through the dispatcher.
        await alice.SendFrameAsync(string.Concat(Enumerable.Range(0, 10).Select(body => $$"""{"to":"bob","body":{{body}}}""")));
        for (var body = 10; body < 15; body++)
        {
            await alice.SendFrameAsync($$"""{"to":"bob","body":{{body}}}""");
        }

        Assert.Equal(Enumerable.Range(0, 15).Select(body => $"{body}"), await bob.NextBodiesAsync(15));
        Assert.True(watch.Elapsed > TimeSpan.FromMilliseconds(450), $"ten messages more than the burst took {watch.Elapsed}");
        Assert.True(counts["Limits:MessagesPerSecond"] > 0);
        Assert.False(alice.IsClosed);
    }

    [Fact]
    public async Task Plain_client_that_waits_is_closed_at_once_when_its_node_stops()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:MessagesPerSecond=1", "Limits:MessagesBurst=1");
        using var counts = new LimitCounts(cluster[0]);
        var alice = await cluster.ConnectAsync("alice");
        await alice.SendFrameAsync(string.Concat(Enumerable.Repeat("""{"to":"bob","body":1}""", 2_000)));
        await Eventually.IsAsync(() => counts["Limits:MessagesPerSecond"] > 0, "alice has to wait");
        await cluster[0].StopAsync();
        Assert.Equal(CloseReason.Drain.PlainCode, await alice.WhenClosedAsync());
    }

    [Fact]
    public async Task Address_that_connects_too_often_is_told_when_to_come_again()
    {
        await using var cluster = await TestCluster.StartAsync(
            nodes: 1, "Limits:AddressConnectsPerSecond=1", "Limits:AddressConnectsBurst=2", "TrustedProxies:0=127.0.0.1");
        using var counts = new LimitCounts(cluster[0]);
        using var first = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", from: "198.51.100.1");
        Assert.Equal(HttpStatusCode.SwitchingProtocols, first.StatusCode);

        using var refused = await TooMany.RequestsAsync(() => UpgradeAttempt.SendAsync(cluster[0].Uri, $"{Guid.NewGuid()}", from: "198.51.100.1"));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Contains("Limits:AddressConnectsPerSecond", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(1, counts["Limits:AddressConnectsPerSecond"]);
        using var other = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", from: "198.51.100.2");
        Assert.Equal(HttpStatusCode.SwitchingProtocols, other.StatusCode);
    }

    [Fact]
    public async Task User_who_connects_too_often_is_refused_before_the_upgrade_or_after_the_hello()
    {
        await using var cluster = await TestCluster.StartAsync(
            nodes: 1, [.. Tokens.Settings, "Limits:UserConnectsPerSecond=1", "Limits:UserConnectsBurst=1", "Limits:ConnectionsPerUser=100"]);
        using var first = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", "ds.v1.json", token: Tokens.Of("alice"));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, first.StatusCode);
        using var refused = await TooMany.RequestsAsync(() => UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", "ds.v1.json", token: Tokens.Of("alice")));
        Assert.Contains("Limits:UserConnectsPerSecond", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        DsClient greeted;
        var hellos = 0;
        do
        {
            Assert.InRange(++hellos, 1, 50);
            greeted = await DsClient.OpenAsync(cluster[0].Uri, "alice");
            await greeted.SendFrameAsync($$"""{"type":"hello","token":"{{Tokens.Of("alice")}}"}""");
            await Eventually.IsAsync(() => greeted.Arrived.Count > 0, "alice is answered");
        }
        while (greeted.Count("error") == 0);

        var error = await greeted.NextAsync("error");
        Assert.Equal(("rate_limited", "Limits:UserConnectsPerSecond"), (Text(error, "code"), Text(error, "limit")));
        Assert.Equal(CloseReason.TooFast.Code, await greeted.WhenClosedAsync());
    }

    [Fact]
    public async Task Who_comes_while_too_many_are_being_opened_is_sent_away_with_a_time_to_come_again()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:ConnectsInProgress=1");
        using var counts = new LimitCounts(cluster[0]);
        var held = cluster[0].Store.HoldAnswers("OpenAsync");
        var first = cluster.GreetAsync("alice");
        await held.WhenReachedAsync();

        await using var silent = await DsClient.OpenAsync(cluster[0].Uri, "silent");
        await using var second = await DsClient.OpenAsync(cluster[0].Uri, "bob");
        await second.SendFrameAsync("""{"type":"hello"}""");
        var error = await second.NextAsync("error");
        Assert.Equal(("rate_limited", "Limits:ConnectsInProgress"), (Text(error, "code"), Text(error, "limit")));
        Assert.InRange(error.GetProperty("retryMs").GetInt32(), 1_000, 10_000);
        Assert.Equal(CloseReason.NoRoom.Code, await second.WhenClosedAsync());
        Assert.Equal(CloseReason.NoRoom.PlainCode, await (await cluster.ConnectAsync("carol")).WhenClosedAsync());
        Assert.Equal(2, counts["Limits:ConnectsInProgress"]);
        Assert.False(cluster.Knows("bob"));

        held.Release();
        await first;
        await cluster.GreetAsync("bob");
    }

    [Fact]
    public async Task Node_that_is_full_sends_newcomers_away_until_one_has_left()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:Connections=2");
        var alice = await cluster.GreetAsync("alice");
        await cluster.ConnectAsync("bob");
        Assert.Equal(CloseReason.NoRoom.PlainCode, await (await cluster.ConnectAsync("carol")).WhenClosedAsync());
        await alice.CloseAsync();
        await Eventually.IsAsync(
            async () =>
            {
                await using var dave = await DsClient.OpenAsync(cluster[0].Uri, "dave");
                await dave.SendFrameAsync("""{"type":"hello"}""");
                await Eventually.IsAsync(() => dave.Arrived.Count > 0, "dave is answered");
                return dave.Count("welcome") == 1;
            },
            "dave is let in");
    }

    [Fact]
    public async Task Caller_of_the_api_who_asks_too_often_gets_a_problem_that_names_the_limit()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:ApiPerSecond=1", "Limits:ApiBurst=1");
        using var http = new HttpClient();
        using var first = await http.GetAsync(new Uri(cluster[0].Uri, "/api/cluster"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var second = await TooMany.RequestsAsync(() => http.GetAsync(new Uri(cluster[0].Uri, "/api/cluster"), TestContext.Current.CancellationToken));
        Assert.Equal(TimeSpan.FromSeconds(1), second.Headers.RetryAfter?.Delta);
        using var problem = JsonDocument.Parse(await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("rate_limited", "Limits:ApiPerSecond"), (Text(problem.RootElement, "code"), Text(problem.RootElement, "limit")));
    }

    [Fact]
    public async Task Each_message_of_a_batch_counts_as_a_request_of_its_caller()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:ApiPerSecond=1", "Limits:ApiBurst=3");
        using var program = new ApiProgram();
        var batch = $$"""{"messages":[{{string.Join(',', Enumerable.Repeat("""{"from":"a","to":"bob","body":1}""", 9))}}]}""";

        // It is taken whole, since there was room for one, and those behind it wait for the rest.
        var taken = await program.AskAsync("POST", cluster[0].Uri, "messages/batch", batch);
        var refused = await program.AskAsync("GET", cluster[0].Uri, "cluster");

        Assert.Equal((HttpStatusCode.OK, 9), (taken.Status, taken.Body.GetProperty("results").GetArrayLength()));
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limited", "Limits:ApiPerSecond"), (refused.Status, refused.Text("code"), refused.Text("limit")));
    }

    [Fact]
    public async Task Limits_that_close_a_connection_are_counted_too()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:FrameBytes=1024", "Limits:ConnectionsPerUser=1");
        using var counts = new LimitCounts(cluster[0]);
        var alice = await cluster.GreetAsync("alice");
        await (await cluster.ConnectAsync("alice")).WhenClosedAsync();
        Assert.Equal(1, counts["Limits:ConnectionsPerUser"]);
        await alice.SendFrameAsync(new string(' ', 2_000));
        Assert.Equal(CloseReason.FrameTooLarge.Code, await alice.WhenClosedAsync());
        Assert.Equal(1, counts["Limits:FrameBytes"]);
    }

    private static string? Text(JsonElement push, string name) => push.GetProperty(name).GetString();
}
