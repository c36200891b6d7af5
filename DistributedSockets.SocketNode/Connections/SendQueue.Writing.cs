// The writer of a send queue: takes all that has collected, until nothing has.
namespace DistributedSockets.SocketNode.Connections;

internal sealed partial class SendQueue
{
    /// <summary>Bytes of one write: between two a reader shows that it gets on.</summary>
    private const int WriteBytes = 64 * 1024;

    /// <summary>The writer's turn.</summary>
    void IThreadPoolWorkItem.Execute() => _ = WriteAsync();

    private async Task WriteAsync()
    {
        try
        {
            while (TryTake(out var batch))
            {
                for (var rest = _writing.Written; !rest.IsEmpty; rest = rest[Math.Min(WriteBytes, rest.Length)..])
                {
                    // Never cancelled: that would tear the socket down in the middle of a frame.
                    await stream.WriteAsync(rest[..Math.Min(WriteBytes, rest.Length)], CancellationToken.None);
                }

                Free(batch);
                OnWritten(batch.Messages, batch.Followed ?? []);
            }
        }
        catch (Exception exception)
        {
            _ended.TrySetException(exception);
        }
    }

    private bool TryTake(out Batch batch)
    {
        lock (_gate)
        {
            _writing.Clear();
            Seal();
            (batch, _collected) = (_collected, default);
            if (!_collecting.IsEmpty || batch.Pushes > 0)
            {
                (_collecting, _writing) = (_writing, _collecting);
                return true;
            }

            _hasWriter = false;
            if (_isComplete)
            {
                _ended.TrySetResult();
            }

            return false;
        }
    }

    private void Free(Batch batch)
    {
        Interlocked.Add(ref _pushes, -batch.Pushes);
        Interlocked.Add(ref _bytes, -batch.Bytes);
        if (_roomWanted is not null && IsHalfEmpty)
        {
            Interlocked.Exchange(ref _roomWanted, null)?.SetResult();
        }
    }
}
