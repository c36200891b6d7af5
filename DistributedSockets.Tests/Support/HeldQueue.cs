// A send queue that nobody writes from but the test.
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Support;

/// <summary>A send queue from which the test takes what would be written.</summary>
internal sealed class HeldQueue(int limit)
{
    private readonly Channel<Envelope> _channel = Channel.CreateUnbounded<Envelope>();
    private TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Count => _channel.Reader.Count;

    public bool TryEnqueue(Envelope envelope) => Count < limit && _channel.Writer.TryWrite(envelope);

    public bool TryDequeue([NotNullWhen(true)] out Envelope? envelope)
    {
        var taken = _channel.Reader.TryRead(out envelope);
        Interlocked.Exchange(ref _taken, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return taken;
    }

    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    public async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (Count > limit / 2)
        {
            var taken = Volatile.Read(ref _taken).Task;
            if (Count > limit / 2)
            {
                await taken.WaitAsync(cancellationToken);
            }
        }
    }
}
