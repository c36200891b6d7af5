// One connection: a WebSocket, its hello, and its two loops.
using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;

namespace DistributedSockets.Client.Connecting;

/// <summary>What a link writes: whatever is there when the socket is free goes out together.</summary>
internal interface IFrameSource
{
    /// <summary>The next command of at most so many bytes; null if there is none now.</summary>
    byte[]? TryTake(int most, out TimeSpan? again);
}

/// <summary>One connection, after its welcome. <see cref="RunAsync"/> is its life; nothing of it runs on after that.</summary>
internal sealed class Link : IAsyncDisposable
{
    /// <summary>Far above what a node sends in one frame.</summary>
    private const int MaxFrameBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly ClientWebSocket _socket = new();
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _cut = new();
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ArrayBufferWriter<byte> _incoming = new(8 * 1024);
    private readonly List<JsonElement> _pushes = [];
    private long _heard;
    private JsonElement? _refusal;
    private CloseInfo? _ownEnd;
    private byte[]? _last;
    private volatile bool _isLeaving;
    private volatile bool _isPingDue;
    private volatile bool _isTaking;

    private Link(TimeProvider time) => _time = time;

    public JsonElement Welcome { get; private set; }

    /// <summary>What came in the same frame behind the welcome.</summary>
    public IReadOnlyList<JsonElement> Behind { get; private set; } = [];

    public Uri Node { get; private set; } = null!;

    private int FrameBytes { get; set; } = 65_536;

    private TimeSpan PingPeriod { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Connects, and says hello.</summary>
    /// <exception cref="LinkException">It could not: why, and whether to try again.</exception>
    public static async Task<Link> OpenAsync(Uri node, ClientOptions options, byte[] hello, CancellationToken cancellationToken)
    {
        var link = new Link(options.TimeProvider) { Node = node };
        using var deadline = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await link.ConnectAsync(node, options, either.Token).ConfigureAwait(false);
            await link._socket.SendAsync(hello, WebSocketMessageType.Text, endOfMessage: true, either.Token).ConfigureAwait(false);
            await link.ReadWelcomeAsync(either.Token).ConfigureAwait(false);
            return link;
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or LinkException)
        {
            var why = exception switch
            {
                LinkException refused => refused,
                OperationCanceledException => new LinkException(CloseInfo.Cut($"{node.Authority} did not answer within {options.ConnectTimeout.TotalSeconds:0.#} s")),
                _ => link.Explain(exception),
            };
            await link.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw why;
        }
    }

    /// <summary>There may be something to write.</summary>
    public void Wake() => _news.Writer.TryWrite(true);

    /// <summary>Ends it as a lost network would.</summary>
    public void Cut(string reason)
    {
        _ownEnd ??= CloseInfo.Cut(reason);
        _cut.Cancel();
    }

    /// <summary>Leaves it: what waits is written first, then <paramref name="last"/>, then a close frame.</summary>
    public void Leave(byte[]? last, CloseInfo end)
    {
        _ownEnd ??= end;
        _last = last;
        _isLeaving = true;
        Wake();
    }

    /// <summary>Reads and writes until the connection has ended.</summary>
    /// <returns>Why it has.</returns>
    public async Task<CloseInfo> RunAsync(IFrameSource source, Func<JsonElement, ValueTask> take, CancellationToken ending)
    {
        _heard = _time.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_cut.Token, ending);
        var writing = WriteAllAsync(source, stop.Token);
        var watching = WatchAsync(stop.Token);
        var end = await ReadAllAsync(take, stop.Token).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(writing, watching).ConfigureAwait(false);
        return _ownEnd ?? end;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _cut.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ConnectAsync(Uri node, ClientOptions options, CancellationToken cancellationToken)
    {
        _socket.Options.AddSubProtocol("ds.v1.json");
        if (!OperatingSystem.IsBrowser())
        {
            _socket.Options.CollectHttpResponseDetails = true;
            options.ConfigureWebSocket?.Invoke(_socket.Options);
        }

        await _socket.ConnectAsync(node, cancellationToken).ConfigureAwait(false);
    }

    private async Task ReadWelcomeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReadFrameAsync(cancellationToken).ConfigureAwait(false) is { } end)
            {
                throw new LinkException(end);
            }

            foreach (var push in _pushes)
            {
                if (push.Text("type") == "error")
                {
                    _refusal = push;
                }
            }

            var at = _pushes.FindIndex(push => push.Text("type") == "welcome");
            if (at >= 0)
            {
                Welcome = _pushes[at];
                Behind = [.. _pushes.Skip(at + 1)];
                PingPeriod = TimeSpan.FromMilliseconds(Welcome.Number("pingMs") ?? 20_000);
                FrameBytes = Welcome.TryGetProperty("limits", out var limits) ? (int)(limits.Number("frameBytes") ?? FrameBytes) : FrameBytes;
                return;
            }
        }
    }

    private async Task<CloseInfo> ReadAllAsync(Func<JsonElement, ValueTask> take, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var push in Behind)
            {
                await take(push).ConfigureAwait(false);
            }

            while (true)
            {
                if (await ReadFrameAsync(cancellationToken).ConfigureAwait(false) is { } end)
                {
                    return end;
                }

                // However long the application takes, that is not the node's silence.
                _isTaking = true;
                foreach (var push in _pushes)
                {
                    _refusal = push.Text("type") == "error" ? push : _refusal;
                    await take(push).ConfigureAwait(false);
                }

                _isTaking = false;
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or JsonException)
        {
            return CloseInfo.Cut(exception.GetBaseException().Message);
        }
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
            _pushes.Add(JsonElement.ParseValue(ref reader));
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

    private async Task WriteAllAsync(IFrameSource source, CancellationToken cancellationToken)
    {
        var frame = new ArrayBufferWriter<byte>(8 * 1024);
        try
        {
            while (true)
            {
                frame.ResetWrittenCount();
                if (_isPingDue)
                {
                    _isPingDue = false;
                    frame.Write("{\"type\":\"ping\"}\n"u8);
                }

                TimeSpan? again;
                while (source.TryTake(frame.WrittenCount == 0 ? int.MaxValue : FrameBytes - frame.WrittenCount - 1, out again) is { } command)
                {
                    frame.Write(command);
                    frame.Write("\n"u8);
                }

                if (frame.WrittenCount > 0)
                {
                    await _socket.SendAsync(frame.WrittenMemory[..^1], WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (_isLeaving)
                {
                    await LeaveAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }

                await WaitAsync(again, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The reading side hears of it, and says why; a socket that only fails to write is cut.
            _cut.Cancel();
        }
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (_last is { } last)
        {
            await _socket.SendAsync(last, WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        }

        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken).ConfigureAwait(false);
        _cut.CancelAfter(CloseTimeout);
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
                    _isPingDue = true;
                    Wake();
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

    private LinkException Explain(Exception exception) => _socket.HttpStatusCode switch
    {
        0 or HttpStatusCode.SwitchingProtocols => new LinkException(CloseInfo.Cut(exception.GetBaseException().Message)),
        HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => new LinkException(new CloseInfo(4100, $"{Node.Authority} takes no connection now (HTTP {(int)_socket.HttpStatusCode})")),
        var status => new LinkException(new CloseInfo((int)status, $"{Node.Authority} refuses the connection (HTTP {(int)status})") { IsFinal = true }),
    };
}

/// <summary>No connection came about.</summary>
internal sealed class LinkException(CloseInfo info) : Exception(info.Reason)
{
    public CloseInfo Info => info;
}
