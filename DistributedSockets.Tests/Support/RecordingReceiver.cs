// A bus receiver that remembers and can be waited for.
using System.Collections.Concurrent;
using System.Threading.Channels;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.Support;

/// <summary>A bus receiver that remembers and can be waited for.</summary>
internal sealed class RecordingReceiver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<Envelope> _envelopes = Channel.CreateUnbounded<Envelope>();
    private readonly Channel<Notice> _notices = Channel.CreateUnbounded<Notice>();
    private readonly Channel<RoomBatch> _rooms = Channel.CreateUnbounded<RoomBatch>();
    private readonly Channel<long> _resumptions = Channel.CreateUnbounded<long>();

    /// <summary>What is awaited before envelopes are taken over.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>How many envelopes each call brought.</summary>
    public ConcurrentQueue<int> Batches { get; } = new();

    /// <summary>Envelopes taken and not yet read by the test.</summary>
    public int Waiting => _envelopes.Reader.Count;

    public BusReceiver Receiver => new(TakeAsync, notice => _notices.Writer.TryWrite(notice), TakeRoomAsync, () => _resumptions.Writer.TryWrite(0));

    public async Task<Envelope> NextAsync() => await _envelopes.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

    public async Task<Envelope[]> NextAsync(int count)
    {
        var read = new Envelope[count];
        for (var index = 0; index < count; index++)
        {
            read[index] = await NextAsync();
        }

        return read;
    }

    /// <summary>Whether something for a room has arrived that the test has not read.</summary>
    public bool HasRooms => _rooms.Reader.Count > 0;

    public async Task<RoomBatch> NextRoomAsync() => await _rooms.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

    public async Task<Notice> NextNoticeAsync() => await _notices.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

    /// <summary>Waits for one more call of OnResumed.</summary>
    public async Task ResumedAsync() => await _resumptions.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

    private async ValueTask TakeAsync(EnvelopeBatch batch)
    {
        await Gate;
        var envelopes = Envelopes.In(batch);
        Batches.Enqueue(envelopes.Count);
        foreach (var envelope in envelopes)
        {
            _envelopes.Writer.TryWrite(envelope);
        }
    }

    private ValueTask TakeRoomAsync(RoomBatch batch)
    {
        _rooms.Writer.TryWrite(batch);
        return ValueTask.CompletedTask;
    }
}
