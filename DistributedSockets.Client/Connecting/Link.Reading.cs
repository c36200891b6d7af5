// What comes over the connection, and whether anything does.
using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;

namespace DistributedSockets.Client.Connecting;

internal sealed partial class Link
{
    /// <summary>Far above what a node sends in one frame.</summary>
    private const int MaxFrameBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(8);

    private readonly ArrayBufferWriter<byte> _incoming = new(8 * 1024);
    private readonly List<JsonElement> _pushes = [];
    private IReadOnlyList<JsonElement> _behindWelcome = [];

    /// <summary>The error that came last, if nothing has come since: it may say why the connection is closed.</summary>
    private JsonElement? _refusal;
    private long _heard;
    private volatile bool _isTaking;

    private async Task ReadWelcomeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReadFrameAsync(cancellationToken).ConfigureAwait(false) is { } end)
            {
                throw new LinkException(end);
            }

            var at = _pushes.FindIndex(push => push.Text("type") == "welcome");
            if (at >= 0)
            {
                Welcome = _pushes[at];
                _behindWelcome = [.. _pushes.Skip(at + 1)];
                PingPeriod = Welcome.Milliseconds("pingMs") ?? PingPeriod;
                return;
            }
        }
    }

    private async Task<CloseInfo> ReadAllAsync(Func<JsonElement, CancellationToken, ValueTask> take, CancellationToken cancellationToken)
    {
        try
        {
            await TakeAllAsync(_behindWelcome, take, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                if (await ReadFrameAsync(cancellationToken).ConfigureAwait(false) is { } end)
                {
                    return end;
                }

                await TakeAllAsync(_pushes, take, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return CloseInfo.Cut("the connection was cut");
        }
        catch (Exception exception)
        {
            // Whatever it is: the next connection begins behind what was taken.
            return CloseInfo.Cut(exception.GetBaseException().Message);
        }
    }

    private async ValueTask TakeAllAsync(IReadOnlyList<JsonElement> pushes, Func<JsonElement, CancellationToken, ValueTask> take, CancellationToken cancellationToken)
    {
        // However long the application takes, that is not the node's silence.
        _isTaking = true;
        foreach (var push in pushes)
        {
            await take(push, cancellationToken).ConfigureAwait(false);
        }

        _isTaking = false;
    }

    /// <returns>How the connection was closed; null if there is a frame.</returns>
    private async ValueTask<CloseInfo?> ReadFrameAsync(CancellationToken cancellationToken)
    {
        _incoming.ResetWrittenCount();
        while (true)
        {
            var part = await _socket.ReceiveAsync(_incoming.GetMemory(4 * 1024), cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _heard, _time.GetTimestamp());
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await AnswerCloseAsync(cancellationToken).ConfigureAwait(false);
                return CloseBands.Explain((int?)_socket.CloseStatus ?? 1006, _socket.CloseStatusDescription, _refusal);
            }

            _incoming.Advance(part.Count);
            if (_incoming.WrittenCount > MaxFrameBytes)
            {
                return CloseInfo.Cut($"a frame of more than {MaxFrameBytes} bytes came");
            }

            if (part.EndOfMessage)
            {
                Parse(_incoming.WrittenSpan);
                return null;
            }
        }
    }

    private void Parse(ReadOnlySpan<byte> frame)
    {
        _pushes.Clear();
        var reader = new Utf8JsonReader(frame, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 80 });
        while (reader.Read())
        {
            var push = JsonElement.ParseValue(ref reader);
            _pushes.Add(push);
            _refusal = push.Text("type") == "error" ? push : null;
        }
    }

    private async Task AnswerCloseAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_socket.State == WebSocketState.CloseReceived)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException)
        {
            // It is gone already; its code has come.
        }
    }

    /// <summary>Finds out that the other side is gone: what is silent is asked, and what does not answer is cut. A browser shows no pings of WebSockets.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        long? asked = null;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                var silence = _time.GetElapsedTime(Volatile.Read(ref _heard));
                if (_isTaking || silence < PingPeriod)
                {
                    asked = null;
                }
                else if (asked is not { } since)
                {
                    asked = _time.GetTimestamp();
                    Ping();
                }
                else if (_time.GetElapsedTime(since) > AnswerTimeout)
                {
                    Cut($"{Node.Authority} has been silent for {silence.TotalSeconds:0} s");
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection has ended.
        }
    }
}
