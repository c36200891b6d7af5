// What waits for one socket: bounded in messages and bytes.
using System.Text;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Connections;

public sealed class SendQueueTests
{
    [Fact]
    public void Takes_as_many_messages_as_it_may_and_hands_them_out_in_order()
    {
        var queue = new SendQueue(maxMessages: 3, maxBytes: 1000);

        Assert.All(["1", "2", "3"], text => Assert.True(queue.TryEnqueue(Envelopes.Saying(text))));
        Assert.False(queue.TryEnqueue(Envelopes.Saying("4")));
        Assert.Equal(["1", "2", "3"], TakeAll(queue));
        Assert.True(queue.TryEnqueue(Envelopes.Saying("5")));
    }

    [Fact]
    public void Takes_as_many_bytes_as_it_may()
    {
        var queue = new SendQueue(maxMessages: 100, maxBytes: 10);

        Assert.True(queue.TryEnqueue(OfBytes(6)));
        Assert.False(queue.TryEnqueue(OfBytes(6)));
        Assert.True(queue.TryEnqueue(OfBytes(4)));
    }

    [Fact]
    public void Message_larger_than_the_whole_queue_is_taken_alone()
    {
        var queue = new SendQueue(maxMessages: 100, maxBytes: 10);

        Assert.True(queue.TryEnqueue(OfBytes(11)));
        Assert.False(queue.TryEnqueue(OfBytes(1)));
    }

    [Fact]
    public async Task Room_comes_when_half_of_it_is_empty()
    {
        var queue = new SendQueue(maxMessages: 4, maxBytes: 1000);
        Assert.All(["1", "2", "3", "4"], text => Assert.True(queue.TryEnqueue(Envelopes.Saying(text))));

        var room = queue.WaitForRoomAsync(TestContext.Current.CancellationToken);
        Assert.True(queue.TryDequeue(out _));
        Assert.False(room.IsCompleted);
        Assert.True(queue.TryDequeue(out _));
        await room.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.True(queue.WaitForRoomAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Wait_for_room_ends_with_the_connection()
    {
        var queue = new SendQueue(maxMessages: 1, maxBytes: 1000);
        Assert.True(queue.TryEnqueue(Envelopes.Saying("1")));
        using var closing = new CancellationTokenSource();

        var room = queue.WaitForRoomAsync(closing.Token);
        await closing.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => room);
    }

    [Fact]
    public async Task Completed_queue_takes_nothing_and_hands_out_what_waits()
    {
        var queue = new SendQueue(maxMessages: 3, maxBytes: 1000);
        queue.TryEnqueue(Envelopes.Saying("1"));
        queue.Complete();

        Assert.False(queue.TryEnqueue(Envelopes.Saying("2")));
        Assert.True(await queue.WaitToReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["1"], TakeAll(queue));
        Assert.False(await queue.WaitToReadAsync(TestContext.Current.CancellationToken));
    }

    private static Envelope OfBytes(int count) => Envelopes.Saying("") with { Body = Encoding.UTF8.GetBytes(new string('1', count)) };

    private static List<string> TakeAll(SendQueue queue)
    {
        var texts = new List<string>();
        while (queue.TryDequeue(out var push))
        {
            texts.Add(Envelopes.Text((Envelope)push));
        }

        return texts;
    }
}
