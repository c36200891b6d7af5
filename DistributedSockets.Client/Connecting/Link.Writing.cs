// What goes over the connection: whatever is there when the socket is free goes out together.
using System.Buffers;
using System.Net.WebSockets;
using System.Threading.Channels;

namespace DistributedSockets.Client.Connecting;

/// <summary>What a link writes.</summary>
internal interface IFrameSource
{
    /// <summary>How many bytes a frame may have.</summary>
    int FrameBytes { get; }

    /// <summary>The next command of at most so many bytes; null if there is none now.</summary>
    /// <param name="most">Bytes that there is room for.</param>
    /// <param name="again">When to ask again, where something waits for a time.</param>
    byte[]? TryTake(int most, out TimeSpan? again);
}

internal sealed partial class Link
{
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool _isPingDue;

    /// <summary>There may be something to write.</summary>
    public void Wake() => _news.Writer.TryWrite(true);

    private void Ping()
    {
        _isPingDue = true;
        Wake();
    }

    private async Task WriteAllAsync(IFrameSource source, CancellationToken cancellationToken)
    {
        var frame = new ArrayBufferWriter<byte>(8 * 1024);
        try
        {
            while (true)
            {
                Fill(frame, source, out var again);
                if (frame.WrittenCount > 0)
                {
                    await _socket.SendAsync(frame.WrittenMemory[..^1], WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
                }
                else if (_isLeaving)
                {
                    await CloseAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }
                else
                {
                    await WaitAsync(again, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // The reading side says why. Not cut at once: a close frame with the reason may lie there, still to be read.
            _cut.CancelAfter(CloseTimeout);
        }
    }

    /// <summary>Commands that fit into one frame, each with a line break behind it.</summary>
    private void Fill(ArrayBufferWriter<byte> frame, IFrameSource source, out TimeSpan? again)
    {
        frame.ResetWrittenCount();
        if (_isPingDue)
        {
            _isPingDue = false;
            frame.Write("{\"type\":\"ping\"}\n"u8);
        }

        while (source.TryTake(source.FrameBytes - frame.WrittenCount, out again) is { } command)
        {
            frame.Write(command);
            frame.Write("\n"u8);
        }
    }

    private async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (_last is { } last)
        {
            await _socket.SendAsync(last, WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        }

        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken).ConfigureAwait(false);
    }

    private async Task WaitAsync(TimeSpan? most, CancellationToken cancellationToken)
    {
        if (most is not { } time)
        {
            await _news.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Task.Delay(time, _time, either.Token), _news.Reader.WaitToReadAsync(either.Token).AsTask()).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        _news.Reader.TryRead(out _);
    }
}
