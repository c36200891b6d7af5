// When a connection is pinged, and when its silence ends it.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.Envelopes;

namespace DistributedSockets.Tests.Connections;

public sealed class ConnectionBeatTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly NodeParts _node = new();
    private readonly FakeSocket _socket = new();
    private Connection? _connection;
    private Task _running = Task.CompletedTask;

    [Fact]
    public async Task Silence_after_a_ping_ends_the_connection_in_its_time_and_not_before()
    {
        var connection = Run(new LimitOptions { PingInterval = 20 * Second, PingTimeout = 8 * Second });
        Beat(connection, seconds: 19);
        Assert.Equal(0, _socket.Pings);
        Beat(connection, seconds: 1);
        await PingedAsync(1);

        Beat(connection, seconds: 8);
        Assert.False(_running.IsCompleted);
        Beat(connection, seconds: 1);
        await EndedAsync();
        Assert.Equal(1, _socket.Pings);
    }

    [Fact]
    public async Task Whatever_comes_after_a_ping_is_an_answer()
    {
        var connection = Run(new LimitOptions { PingInterval = 20 * Second, PingTimeout = 8 * Second });
        Beat(connection, seconds: 10);
        for (var round = 1; round <= 4; round++)
        {
            Beat(connection, seconds: 10);
            await PingedAsync(round);
            await _socket.SayAndWaitAsync(round % 2 == 0 ? ClientFrame.Of(Opcode.Pong, []) : ClientFrame.Text("anything"));
            Beat(connection, seconds: 10);
        }

        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public async Task Silence_longer_than_the_interval_ends_the_connection_where_the_timeout_is_longer_still()
    {
        var connection = Run(new LimitOptions { PingInterval = 5 * Second, PingTimeout = 8 * Second });
        Beat(connection, seconds: 5);
        await PingedAsync(1);
        Beat(connection, seconds: 9);
        await EndedAsync();
    }

    [Fact]
    public async Task Slow_reader_that_has_no_room_for_a_ping_is_asked_when_there_is_room()
    {
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var connection = Run(new LimitOptions { PingInterval = 20 * Second, PingTimeout = 8 * Second, SendQueueMessages = 10 });
        Assert.True(connection.TryDeliver(Saying("settled")));
        Assert.Equal("settled", await _socket.NextAsync());
        await Eventually.IsAsync(() => connection.Queued == 0, "the first is written");
        _socket.Gate = reading.Task;
        while (connection.Queued < 10)
        {
            Assert.True(connection.TryDeliver(Saying("waits")));
        }

        Beat(connection, seconds: 60);
        Assert.False(_running.IsCompleted);
        reading.SetResult();
        await Eventually.IsAsync(() => connection.Queued == 0, "all is written");
        Beat(connection, seconds: 1);
        await PingedAsync(1);
    }

    [Fact]
    public async Task Client_whose_answer_lies_unread_because_the_node_is_busy_is_not_silent()
    {
        var connection = Run(new LimitOptions { PingInterval = 20 * Second, PingTimeout = 8 * Second, MessagesInFlight = 1 });
        var held = _node.Store.HoldAnswers("AppendAsync");
        await _socket.SayAsync([.. Stored("1"), .. Stored("2"), .. Stored("3")]);
        await held.WhenReachedAsync();
        Beat(connection, seconds: 20);
        await PingedAsync(1);
        await _socket.SayAsync(ClientFrame.Of(Opcode.Pong, []));

        Beat(connection, seconds: 30);
        Assert.False(_running.IsCompleted);
        held.Release();
        await Eventually.IsAsync(async () => (await _node.InboxOfAsync("carol")).Envelopes.Count == 3, "all three are stored");
        await Eventually.IsAsync(
            () =>
            {
                Beat(connection, seconds: 1);
                return _socket.Pings == 2;
            },
            "the next ping has come");
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Leave();
        await _running.WaitAsync(TestClient.Patience);
        _connection?.Dispose();
        await _socket.DisposeAsync();
        await _node.DisposeAsync();
    }

    private static byte[] Stored(string text) => ClientFrame.Text($$"""{"to":"carol","body":"{{text}}"}""");

    private Connection Run(LimitOptions limits)
    {
        _connection = _node.NewConnection("bob", _socket, limits);
        _running = _connection.RunAsync(null);
        return _connection;
    }

    private void Beat(Connection connection, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _node.Time.Advance(Second);
            connection.Beat();
        }
    }

    private Task PingedAsync(int times) => Eventually.IsAsync(() => _socket.Pings == times, $"ping {times} has come");

    private Task EndedAsync() => _running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
}
