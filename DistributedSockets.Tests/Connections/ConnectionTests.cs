// One connection's life, over a socket whose other side is the test.
using System.Net.WebSockets;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.Envelopes;

namespace DistributedSockets.Tests.Connections;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Close_reason_reaches_the_client_after_what_was_queued()
    {
        await using var node = new NodeParts();
        using var socket = new FakeSocket();
        using var connection = node.NewConnection("bob", socket);
        var running = connection.RunAsync(null);
        Assert.True(connection.TryDeliver(Saying("settled")));
        Assert.Equal("settled", await socket.NextAsync());
        Assert.True(connection.TryDeliver(Saying("last")));

        connection.Close(CloseReason.Drain);
        connection.Close(CloseReason.LeaseLost);
        await running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal("last", await socket.NextAsync());
        Assert.Equal((WebSocketCloseStatus)CloseReason.Drain.PlainCode, socket.CloseStatus);
        Assert.False(connection.TryDeliver(Saying("too late")));
    }

    [Fact]
    public async Task Close_of_a_connection_that_has_ended_is_harmless()
    {
        await using var node = new NodeParts();
        var socket = new FakeSocket();
        var connection = node.NewConnection("bob", socket);
        var running = connection.RunAsync(null);
        socket.Leave();
        await running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        connection.Dispose();

        connection.Close(CloseReason.Drain);
        Assert.False(connection.TryDeliver(Saying("too late")));
        socket.Dispose();
    }

    [Fact]
    public async Task Reader_that_has_stopped_is_closed_when_its_queue_is_full()
    {
        await using var node = new NodeParts();
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var socket = new FakeSocket();
        using var connection = node.NewConnection("bob", socket, new LimitOptions { SendQueueMessages = 10 });
        var running = connection.RunAsync(null);
        Assert.True(connection.TryDeliver(Saying("settled")));
        Assert.Equal("settled", await socket.NextAsync());

        socket.Gate = reading.Task;
        var taken = 0;
        while (connection.TryDeliver(Saying($"{taken}")))
        {
            taken++;
        }

        Assert.InRange(taken, 10, 11);
        Assert.True(connection.IsClosing);
        reading.SetResult();
        await running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal((WebSocketCloseStatus)CloseReason.SlowConsumer.PlainCode, socket.CloseStatus);
    }

    [Fact]
    public async Task Message_right_before_a_goodbye_does_not_wait_until_that_is_answered()
    {
        await using var node = new NodeParts();
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var socket = new FakeSocket();
        using var connection = node.NewConnection("bob", socket);
        var running = connection.RunAsync(null);
        Assert.True(connection.TryDeliver(Saying("settled")));
        Assert.Equal("settled", await socket.NextAsync());

        socket.Gate = reading.Task;
        Assert.True(connection.TryDeliver(Saying("not read yet")));
        await socket.SayAsync([.. ClientFrame.Text("""{"to":"carol","body":"last"}"""), .. ClientFrame.Close(1000)]);
        await Eventually.IsAsync(async () => (await node.InboxOfAsync("carol")).Envelopes.Count == 1, "it is stored");
        Assert.False(running.IsCompleted);
        reading.SetResult();
        await running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_is_delivered_before_the_connection_runs_waits_behind_its_inbox()
    {
        await using var node = new NodeParts();
        await node.RouteAsync(Saying("stored"));
        await node.SettledAsync();
        using var socket = new FakeSocket();
        using var connection = node.NewConnection("bob", socket);

        Assert.True(connection.TryDeliver(Saying("live")));
        var running = connection.RunAsync(null);

        Assert.Equal(["stored", "live"], await socket.NextAsync(2));
        socket.Leave();
        await running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_was_written_from_before_a_wipe_does_not_count_after_it()
    {
        await using var node = new NodeParts();
        var socket = await node.ConnectAsync("bob");
        var bob = new UserId("bob");
        var connection = node.Table.Find(bob)!.Connections[0];
        Assert.True(connection.TryDeliver(Saying("settled")));
        Assert.Equal("settled", await socket.NextAsync());

        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.Gate = reading.Task;
        Assert.True(connection.TryDeliver(Saying("old") with { Seq = 1, Epoch = "before the wipe" }));
        await node.Kept.AppendAsync(bob, [Saying("new")], TestContext.Current.CancellationToken);
        reading.SetResult();
        Assert.Equal("old", await socket.NextAsync());

        await Eventually.IsAsync(() => node.Store.Count("AcknowledgeAsync") > 0, "it was acknowledged");
        Assert.Equal(0, (await node.Kept.ReadCursorAsync(bob, DeviceId.Plain, TestContext.Current.CancellationToken)).Seq);
    }
}
