// What waits for one socket: bounded in messages and bytes, written in order, as much at once as has collected.
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Connections;

public sealed class SendQueueTests : IAsyncDisposable
{
    private readonly NodeParts _node = new();
    private readonly FakeSocket _socket = new();
    private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Takes_as_many_messages_as_it_may_and_writes_them_in_order()
    {
        var queue = Stalled(maxMessages: 3, maxBytes: 1000);

        Assert.All(["1", "2", "3"], text => Assert.True(queue.TryEnqueue(Envelopes.Saying(text))));
        Assert.False(queue.TryEnqueue(Envelopes.Saying("4")));
        _reading.SetResult();
        Assert.Equal(["1", "2", "3"], await _socket.NextAsync(3));
        await Eventually.IsAsync(() => queue.Count == 0, "all is written");
        Assert.True(queue.TryEnqueue(Envelopes.Saying("5")));
        Assert.Equal("5", await _socket.NextAsync());
    }

    [Fact]
    public void Takes_as_many_bytes_as_it_may()
    {
        var queue = Stalled(maxMessages: 100, maxBytes: 10);

        Assert.True(queue.TryEnqueue(OfBytes(6)));
        Assert.False(queue.TryEnqueue(OfBytes(6)));
        Assert.True(queue.TryEnqueue(OfBytes(4)));
    }

    [Fact]
    public void Message_larger_than_the_whole_queue_is_taken_alone()
    {
        var queue = Stalled(maxMessages: 100, maxBytes: 10);

        Assert.True(queue.TryEnqueue(OfBytes(11)));
        Assert.False(queue.TryEnqueue(OfBytes(1)));
    }

    [Fact]
    public async Task Room_comes_when_what_waits_is_written()
    {
        var queue = Stalled(maxMessages: 4, maxBytes: 1000);
        Assert.All(["1", "2", "3", "4"], text => Assert.True(queue.TryEnqueue(Envelopes.Saying(text))));

        var room = queue.WaitForRoomAsync(TestContext.Current.CancellationToken);
        Assert.False(room.IsCompleted);
        _reading.SetResult();
        await room.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.True(queue.IsHalfEmpty);
    }

    [Fact]
    public async Task Wait_for_room_ends_with_the_connection()
    {
        var queue = Stalled(maxMessages: 1, maxBytes: 1000);
        Assert.True(queue.TryEnqueue(Envelopes.Saying("1")));
        using var closing = new CancellationTokenSource();

        var room = queue.WaitForRoomAsync(closing.Token);
        await closing.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => room);
    }

    [Fact]
    public async Task Completed_queue_takes_nothing_and_writes_what_waits_and_then_the_goodbye()
    {
        var queue = Stalled(maxMessages: 1, maxBytes: 1000);
        queue.TryEnqueue(Envelopes.Saying("1"));
        queue.Complete(ClientSocket.ClosePayload(1001, "bye"));
        queue.Complete(ClientSocket.ClosePayload(1002, "no"));

        Assert.False(queue.TryEnqueue(Envelopes.Saying("2")));
        Assert.False(queue.Ended.IsCompleted);
        _reading.SetResult();
        await queue.Ended.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal("1", await _socket.NextAsync());
        Assert.Equal(0, _socket.Waiting);
        Assert.Equal(1001, (int)_socket.CloseStatus!);
    }

    [Fact]
    public async Task What_collects_during_a_write_goes_with_the_next_one()
    {
        var queue = Stalled(maxMessages: 1000, maxBytes: 100_000);
        Assert.All(Enumerable.Range(0, 100), number => Assert.True(queue.TryEnqueue(Envelopes.Saying($"{number}"))));
        await Eventually.IsAsync(() => _socket.Writes == 1, "the first write is under way");
        Assert.All(Enumerable.Range(100, 100), number => Assert.True(queue.TryEnqueue(Bytes($"{number}"))));
        Assert.True(queue.TryEnqueue(Opcode.Ping, []));

        _reading.SetResult();
        Assert.Equal(Enumerable.Range(0, 200).Select(number => $"{number}"), await _socket.NextAsync(200));
        Assert.Equal(2, _socket.Writes);
    }

    private static FastMessage Bytes(string body) => new(default, new UserId("alice"), new UserId("bob"), Encoding.UTF8.GetBytes(body), 0);

    [Fact]
    public async Task Pings_are_no_messages()
    {
        var written = 0;
        var queue = new SendQueue(_socket, _node.Plain, 10, 1000) { OnWritten = (messages, _) => written += messages };
        queue.Begin(first: null);
        Assert.True(queue.TryEnqueue(Opcode.Ping, []));
        Assert.True(queue.TryEnqueue(Envelopes.Saying("1")));
        Assert.True(queue.TryEnqueue(Bytes("2")));

        queue.Complete(ClientSocket.ClosePayload(1001, "bye"));
        await queue.Ended.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, written);
    }

    [Fact]
    public async Task Nothing_is_written_before_the_beginning_and_the_first_push_comes_first()
    {
        var queue = NewQueue(_node.Plain, maxMessages: 10, maxBytes: 1000);
        Assert.True(queue.TryEnqueue(Envelopes.Saying("2")));
        Assert.True(queue.TryEnqueue(Envelopes.Saying("3")));
        Assert.Equal(0, _socket.Writes);

        queue.Begin(Envelopes.Saying("1"));
        Assert.Equal(["1", "2", "3"], await _socket.NextAsync(3));
    }

    [Fact]
    public async Task What_waits_for_a_beginning_that_never_comes_is_not_written()
    {
        var queue = NewQueue(_node.Plain, maxMessages: 10, maxBytes: 1000);
        Assert.True(queue.TryEnqueue(Envelopes.Saying("1")));

        queue.Complete(ClientSocket.ClosePayload(1001, "bye"));
        await queue.Ended.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(0, _socket.Waiting);
        Assert.Equal(1001, (int)_socket.CloseStatus!);
    }

    [Fact]
    public async Task Socket_that_fails_ends_the_queue()
    {
        var queue = Stalled(maxMessages: 3, maxBytes: 1000);
        Assert.True(queue.TryEnqueue(Envelopes.Saying("1")));

        _reading.SetException(new IOException("gone"));
        await Assert.ThrowsAsync<IOException>(() => queue.Ended.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        await _node.DisposeAsync();
    }

    private static Envelope OfBytes(int count) => Envelopes.Saying("") with { Body = Encoding.UTF8.GetBytes(new string('1', count)) };

    private SendQueue Stalled(int maxMessages, int maxBytes)
    {
        _socket.Gate = _reading.Task;
        var queue = NewQueue(_node.Plain, maxMessages, maxBytes);
        queue.Begin(first: null);
        return queue;
    }

    private SendQueue NewQueue(Profile profile, int maxMessages, int maxBytes) => new(_socket, profile, maxMessages, maxBytes) { OnWritten = (_, _) => { } };
}
