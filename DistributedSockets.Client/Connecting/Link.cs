// One connection: how it begins, and how it ends.
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;

namespace DistributedSockets.Client.Connecting;

/// <summary>One connection, after its welcome. <see cref="RunAsync"/> is its life; nothing of it runs on after that.</summary>
internal sealed partial class Link : IAsyncDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly ClientWebSocket _socket = new();
    private readonly TimeProvider _time;

    // Never disposed of: who cuts may come late, and all there is to it is a timer, which ends by itself.
    private readonly CancellationTokenSource _cut;
    private CloseInfo? _ownEnd;
    private byte[]? _last;
    private volatile bool _isLeaving;

    private Link(Uri node, TimeProvider time)
    {
        Node = node;
        _time = time;
        _cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    public Uri Node { get; }

    public JsonElement Welcome { get; private set; }

    private TimeSpan PingPeriod { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Connects, and says hello.</summary>
    /// <exception cref="LinkException">It could not: why, and whether to try again.</exception>
    public static async Task<Link> OpenAsync(Uri node, ClientOptions options, byte[] hello, CancellationToken cancellationToken)
    {
        var link = new Link(node, options.TimeProvider);
        using var deadline = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await link.ConnectAsync(options, either.Token).ConfigureAwait(false);
            await link._socket.SendAsync(hello, WebSocketMessageType.Text, endOfMessage: true, either.Token).ConfigureAwait(false);
            await link.ReadWelcomeAsync(either.Token).ConfigureAwait(false);
            return link;
        }
        catch (Exception exception)
        {
            var why = link.Explain(exception, options.ConnectTimeout);
            await link.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw why;
        }
    }

    /// <summary>Ends it as a lost network would.</summary>
    public void Cut(string reason)
    {
        _ownEnd ??= CloseInfo.Cut(reason);
        _cut.Cancel();
    }

    /// <summary>Leaves it: what waits is written first, then <paramref name="last"/>, then a close frame. Cut where that takes too long.</summary>
    public void Leave(byte[]? last, CloseInfo end)
    {
        _ownEnd = end.IsFinal ? end : _ownEnd ?? end;
        _last ??= last;
        _isLeaving = true;
        _cut.CancelAfter(CloseTimeout);
        Wake();
    }

    /// <summary>Reads and writes until the connection has ended.</summary>
    /// <param name="source">What is written.</param>
    /// <param name="take">Gets what is read, one at a time. Cancelled when the connection is cut.</param>
    /// <returns>Why it has ended.</returns>
    public async Task<CloseInfo> RunAsync(IFrameSource source, Func<JsonElement, CancellationToken, ValueTask> take)
    {
        _heard = _time.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_cut.Token);
        var writing = WriteAllAsync(source, stop.Token);
        var watching = WatchAsync(stop.Token);
        var end = await ReadAllAsync(take, _cut.Token).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(writing, watching).ConfigureAwait(false);
        return end.IsFinal ? end : _ownEnd ?? end;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ConnectAsync(ClientOptions options, CancellationToken cancellationToken)
    {
        _socket.Options.AddSubProtocol("ds.v1.json");
        if (!OperatingSystem.IsBrowser())
        {
            _socket.Options.CollectHttpResponseDetails = true;
            options.ConfigureWebSocket?.Invoke(_socket.Options);
        }

        await _socket.ConnectAsync(Node, cancellationToken).ConfigureAwait(false);
    }

    private LinkException Explain(Exception exception, TimeSpan timeout)
    {
        if (exception is LinkException refused)
        {
            return refused;
        }

        return new LinkException(exception is OperationCanceledException ? CloseInfo.Cut($"{Node.Authority} did not answer within {timeout.TotalSeconds:0.#} s") : _socket.HttpStatusCode switch
        {
            0 or HttpStatusCode.SwitchingProtocols => CloseInfo.Cut(exception.GetBaseException().Message),

            // These speak of who asks, and how: it would be the same at every node.
            var status and (HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.UpgradeRequired) =>
                new CloseInfo((int)status, $"{Node.Authority} refuses the connection (HTTP {(int)status})") { IsFinal = true },
            var status => new CloseInfo(4100, $"{Node.Authority} takes no connection now (HTTP {(int)status})"),
        });
    }
}

/// <summary>No connection came about.</summary>
internal sealed class LinkException(CloseInfo info) : Exception(info.Reason)
{
    public CloseInfo Info => info;
}
