// What a client makes of what comes, where a real node would say it only at rare moments.
using System.Collections.Concurrent;
using DistributedSockets.Client;
using DistributedSockets.Tests.Support;
using UserPresence = DistributedSockets.Client.Presence;

namespace DistributedSockets.Tests.Clients;

public sealed class ClientReceivingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_whose_messages_nobody_takes_can_be_closed()
    {
        await using var node = await ScriptedNode.StartAsync();
        var client = node.Client(options => options.InboxCapacity = 1);
        var connecting = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync();
        await connecting;
        for (var seq = 1; seq <= 5; seq++)
        {
            await connection.MessageAsync(seq);
        }

        await client.CloseAsync().WaitAsync(ScriptedNode.Patience, Token);

        Assert.Equal(ClientState.Closed, client.State);
    }

    [Fact]
    public async Task Handler_that_waits_for_answers_gets_them_though_its_messages_are_full_and_all_messages_once()
    {
        const int Count = 4;
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client(options => options.InboxCapacity = 1);
        var taken = new ConcurrentQueue<long?>();
        client.MessageReceived += async message =>
        {
            taken.Enqueue(message.Seq);
            await client.SendAsync("bob", "got it", cancellationToken: Token);
        };
        _ = client.ConnectAsync(Token);
        while (taken.Count < Count)
        {
            var connection = await node.WelcomeAsync();
            var begin = connection.Hello.TryGetProperty("ack", out var ack) ? ack.GetInt64() : 0;
            for (var seq = begin + 1; seq <= Count; seq++)
            {
                await connection.MessageAsync(seq);
            }

            while (taken.Count < Count && await connection.TryReadAsync("msg") is { } message)
            {
                await connection.SendAsync($$"""{"type":"ack","id":"{{message.GetProperty("id").GetString()}}","mid":"m","seq":1,"ts":1,"state":"stored"}""");
            }

            await connection.CloseAsync();
        }

        Assert.Equal([1, 2, 3, 4], taken);
    }

    [Fact]
    public async Task Acknowledged_by_hand_in_any_order_the_node_is_told_what_has_no_gap()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client(options => options.ManualAcknowledgement = true);
        var taken = new ConcurrentQueue<Message>();
        client.MessageReceived += message =>
        {
            taken.Enqueue(message);
            return ValueTask.CompletedTask;
        };
        _ = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync();
        await connection.MessageAsync(3);
        await connection.MessageAsync(7);
        await connection.MessageAsync(9);
        await Eventually.IsAsync(() => taken.Count == 3, "three messages", ScriptedNode.Patience);

        var all = taken.ToArray();
        all[1].Acknowledge();
        all[0].Acknowledge();

        Assert.Equal(7, (await connection.ReadAsync("ack")).GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task Message_that_comes_again_in_another_epoch_is_surfaced_once()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        _ = client.ConnectAsync(Token);
        await using var messages = client.ReadMessagesAsync(Token).GetAsyncEnumerator(Token);
        var first = await node.WelcomeAsync();
        await first.MessageAsync(5, "same");
        await messages.MoveNextAsync();
        first.Cut();
        var second = await node.WelcomeAsync("\"epoch\":\"another\"");
        await second.MessageAsync(1, "same");
        await second.MessageAsync(2, "new");

        await messages.MoveNextAsync();

        Assert.Equal("new", messages.Current.Mid);
    }

    [Fact]
    public async Task What_cannot_be_understood_is_passed_over()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        _ = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync();
        await connection.SendAsync("""17 null [1] {"type":"tomorrow's"} {"type":7} {"type":"receipt","state":"eaten"} {"type":"typing","from":"\ud800"} {"type":"trace","hops":[1]}""");
        await connection.MessageAsync(1);

        await using var messages = client.ReadMessagesAsync(Token).GetAsyncEnumerator(Token);

        Assert.True(await messages.MoveNextAsync());
    }

    [Fact]
    public async Task Only_one_loop_reads_at_a_time()
    {
        await using var client = new DistributedSocketsClient(new ClientOptions { User = "alice", Nodes = { new Uri("http://localhost:9") } });
        await using (var first = client.ReadMessagesAsync(Token).GetAsyncEnumerator(Token))
        {
            var reading = first.MoveNextAsync();
            await using var second = client.ReadMessagesAsync(Token).GetAsyncEnumerator(Token);

            await Assert.ThrowsAsync<InvalidOperationException>(async () => await second.MoveNextAsync());
            Assert.Throws<InvalidOperationException>(() => client.MessageReceived += _ => ValueTask.CompletedTask);

            await client.CloseAsync();
            Assert.False(await reading);
        }

        client.MessageReceived += _ => ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Change_right_behind_the_answer_to_a_watch_is_told()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        var told = new ConcurrentQueue<UserPresence>();
        client.PresenceChanged += told.Enqueue;
        _ = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync();
        var watching = client.WatchAsync(["bob"], Token);
        var id = (await connection.ReadAsync("presence")).GetProperty("id").GetString();

        await connection.SendAsync($$"""{"type":"presence","user":"bob","online":true,"v":1,"id":"{{id}}"} {"type":"presence","user":"bob","online":false,"v":2}""");
        await watching;
        await Eventually.IsAsync(() => !told.IsEmpty, "the change", ScriptedNode.Patience);

        Assert.False(told.Single().IsOnline);
        await connection.SendAsync("""{"type":"presence","user":"bob","online":true,"v":2}""");
        await connection.SendAsync("""{"type":"presence","user":"bob","online":true,"v":3}""");
        await Eventually.IsAsync(() => told.Count > 1, "the next change", ScriptedNode.Patience);
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public async Task Room_that_one_was_taken_out_of_meanwhile_is_told_after_the_next_connect()
    {
        const string Team = """{"type":"joined","room":"team","rseq":0,"epoch":"t","after":0,"read":0}""";
        const string All = """{"type":"joined","room":"ds.all","rseq":0,"epoch":"a","after":0,"read":0}""";
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        var changes = new ConcurrentQueue<RoomChange>();
        client.RoomChanged += changes.Enqueue;
        _ = client.ConnectAsync(Token);
        var first = await node.WelcomeAsync("\"rooms\":2", All + Team);
        await Eventually.IsAsync(() => changes.Count == 2, "both rooms", ScriptedNode.Patience);
        first.Cut();
        await node.WelcomeAsync("\"rooms\":1", All);

        await Eventually.IsAsync(() => changes.Count == 4, "one room, and the end of the other", ScriptedNode.Patience);

        Assert.Equal(("team", null), (changes.Last().Name, changes.Last().Room));
    }

    [Fact]
    public async Task Room_that_is_read_again_brings_the_same_messages_again()
    {
        const string Message = """{"type":"msg","from":"bob","room":"team","body":"hi","mid":"m","ts":1,"rseq":1,"id":"i"}""";
        await using var node = await ScriptedNode.StartAsync();
        await using var client = node.Client();
        _ = client.ConnectAsync(Token);
        await using var messages = client.ReadMessagesAsync(Token).GetAsyncEnumerator(Token);
        var connection = await node.WelcomeAsync("\"rooms\":1", """{"type":"joined","room":"team","rseq":0,"epoch":"t","after":0,"read":0}""");
        await connection.SendAsync(Message);
        await messages.MoveNextAsync();
        var joining = client.JoinAsync("team", new RoomPlace(0, "t"), Token);
        var id = (await connection.ReadAsync("join")).GetProperty("id").GetString();
        await connection.SendAsync($$"""{"type":"joined","room":"team","rseq":1,"epoch":"t","after":0,"read":0,"id":"{{id}}"}""" + Message);

        await messages.MoveNextAsync();

        Assert.Equal("m", messages.Current.Mid);
        Assert.Equal(1, (await joining).Seq);
    }
}
