// How a client sends, and goes, where a real node would bring it to that only at rare moments.
using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedSockets.Client;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Clients;

public sealed class ClientSendingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_has_no_answer_is_sent_again_over_the_next_connection_with_the_same_id()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        var sending = client.SendAsync("bob", "hi", cancellationToken: Token);
        _ = client.ConnectAsync(Token);
        var first = await node.WelcomeAsync();
        var id = (await first.ReadAsync("msg")).GetProperty("id").GetString();
        first.Cut();
        var second = await node.WelcomeAsync();

        Assert.Equal(id, (await second.ReadAsync("msg")).GetProperty("id").GetString());
        await second.SendAsync($$"""{"type":"ack","id":"{{id}}","mid":"m","seq":1,"ts":1,"state":"stored","dup":true}""");
        Assert.True((await sending).IsDuplicate);
    }

    [Fact]
    public async Task Cancelled_one_is_not_sent_again()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        using var cancelling = new CancellationTokenSource();
        var cancelled = client.SendAsync("bob", "1", cancellationToken: cancelling.Token).AsTask();
        var kept = client.SendAsync("bob", "2", cancellationToken: Token);
        _ = client.ConnectAsync(Token);
        var first = await node.WelcomeAsync();
        await first.ReadAsync("msg");
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        first.Cut();
        var second = await node.WelcomeAsync();

        Assert.Equal("2", (await second.ReadAsync("msg")).GetProperty("body").GetString());
        await client.CloseAsync();
        await Assert.ThrowsAsync<ClientException>(async () => await kept);
    }

    [Fact]
    public async Task No_frame_is_larger_than_the_node_takes()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        client.MessageReceived += _ => ValueTask.CompletedTask;
        var connecting = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync("\"limits\":{\"frameBytes\":600}");
        await connecting;
        for (var seq = 1; seq <= 50; seq++)
        {
            await connection.MessageAsync(seq);
            client.SendFast("bob", new string('x', 450));
        }

        long acknowledged = 0;
        while (acknowledged < 50)
        {
            acknowledged = (await connection.ReadAsync("ack")).GetProperty("seq").GetInt64();
        }

        Assert.InRange(connection.LargestFrame, 450, 600);
    }

    [Fact]
    public async Task Message_that_turns_out_to_be_too_large_fails_and_the_next_one_goes()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        var large = client.SendAsync("bob", new string('x', 1_000), cancellationToken: Token).AsTask();
        var small = client.SendAsync("bob", "hi", cancellationToken: Token);
        _ = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync("\"limits\":{\"frameBytes\":600}");

        Assert.Equal(ClientException.TooLarge, (await Assert.ThrowsAsync<ClientException>(() => large)).Code);
        Assert.Equal("hi", (await connection.ReadAsync("msg")).GetProperty("body").GetString());
        await client.CloseAsync();
        await Assert.ThrowsAsync<ClientException>(async () => await small);
    }

    [Fact]
    public async Task Drain_is_followed_before_the_cut_to_the_node_that_it_names()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var other = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        var states = new ConcurrentQueue<StateChange>();
        client.StateChanged += states.Enqueue;
        _ = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync();
        await connection.SendAsync($$"""{"type":"drain","afterMs":10000,"url":"{{other.Address}}"}""");

        Assert.Null(await connection.TryReadAsync("nothing"));
        await connection.CloseAsync();
        await other.WelcomeAsync();
        await Eventually.IsAsync(() => states.Count == 3, "connected again", ScriptedNode.Patience);

        Assert.Equal([4200], states.Where(change => change.Reason is not null).Select(change => change.Reason!.Code));
    }

    [Fact]
    public async Task Close_says_bye_behind_what_waits()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        var connecting = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync();
        await connecting;
        client.SendFast("bob", "last");
        var closing = client.CloseAsync();

        Assert.Equal("last", (await connection.ReadAsync("msg")).GetProperty("body").GetString());
        await connection.ReadAsync("bye");
        Assert.Null(await connection.TryReadAsync("nothing"));
        await connection.CloseAsync();
        await closing.WaitAsync(ScriptedNode.Patience, Token);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.ConnectAsync(Token));
    }

    [Fact]
    public async Task Close_while_the_client_waits_for_its_next_attempt_does_not_wait_for_it()
    {
        await using var client = new DistributedSocketsClient(new ClientOptions
        {
            User = "alice",
            Nodes = { new Uri("http://localhost:9") },
            ShortestPause = TimeSpan.FromHours(1),
            LongestPause = TimeSpan.FromHours(1),
        });
        var failed = new TaskCompletionSource();
        client.StateChanged += _ => failed.TrySetResult();
        var connecting = client.ConnectAsync(Token);
        await failed.Task.WaitAsync(ScriptedNode.Patience, Token);

        await client.CloseAsync().WaitAsync(ScriptedNode.Patience, Token);

        Assert.Equal(ClientException.Closed, (await Assert.ThrowsAsync<ClientException>(() => connecting)).Code);
    }

    [Fact]
    public async Task Store_that_cannot_be_read_closes_the_client_and_says_why()
    {
        await using var client = new DistributedSocketsClient(new ClientOptions
        {
            User = "alice",
            Nodes = { new Uri("http://localhost:9") },
            Store = new MemoryStore { Failure = new IOException("the disk is gone") },
        });

        var closed = await Assert.ThrowsAsync<ClientException>(() => client.ConnectAsync(Token));

        Assert.Contains("the disk is gone", closed.Message, StringComparison.Ordinal);
        Assert.Equal(ClientState.Closed, client.State);
    }

    [Fact]
    public async Task Sending_and_connecting_are_activities()
    {
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ClientTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        var id = Guid.NewGuid().ToString("N");
        var sending = client.SendAsync("bob", "hi", new SendOptions { Id = id }, Token);
        _ = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync();
        await connection.ReadAsync("msg");
        await connection.SendAsync($$"""{"type":"error","id":"{{id}}","code":"id_reused","reason":"no","temporary":false}""");

        Assert.Equal("id_reused", (await Assert.ThrowsAsync<ClientException>(async () => await sending)).Code);

        var sent = Assert.Single(activities, activity => (string?)activity.GetTagItem("messaging.message.id") == id);
        Assert.Equal((ActivityKind.Producer, ActivityStatusCode.Error), (sent.Kind, sent.Status));
        Assert.Contains(activities, activity => activity.OperationName == "connect" && (int?)activity.GetTagItem("server.port") == node.Address.Port);
    }
}
