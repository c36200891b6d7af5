// One open connection of one user to one node: send, read until it ends, and why it ended.
using System.Buffers;
using System.Net.WebSockets;
using DistributedSockets.Web.Cluster;

namespace DistributedSockets.Web.Chat;

/// <summary>
/// One open connection of one user to one node. Whoever opened it runs <see cref="ReadAllAsync"/>, which is its receive loop,
/// and disposes of it when that has ended; sending is for one caller at a time.
/// </summary>
internal sealed class ChatConnection(WebSocket socket, NodeAddress node, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Far above what a node lets pass; a greater frame is a fault, and no page should hold it in memory.</summary>
    public const int MaxFrameBytes = 1024 * 1024;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly ArrayBufferWriter<byte> _frame = new(4096);
    private readonly CancellationTokenSource _giveUp = new(Timeout.InfiniteTimeSpan, time);
    private bool _closing;

    /// <summary>Why the node's side ended; null while it has not, or when it ended because we closed it.</summary>
    public string? Ending { get; private set; }

    /// <exception cref="WebSocketException">The connection is gone; the receive loop ends and says why.</exception>
    public async Task SendAsync(string to, string body, CancellationToken cancellationToken) =>
        await socket.SendAsync(new OutgoingFrame(to, body).ToBytes(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    /// <summary>
    /// Every message that arrives, until either side closes. Takes no token: cancelling would cut the connection,
    /// while <see cref="CloseAsync"/> says goodbye and ends this in bounded time.
    /// </summary>
    public async IAsyncEnumerable<IncomingFrame> ReadAllAsync()
    {
        while (await TryReadFrameAsync())
        {
            // A plain connection carries nothing else; what does not parse is no message.
            if (IncomingFrame.TryParse(_frame.WrittenSpan, out var frame))
            {
                yield return frame!;
            }
        }
    }

    /// <summary>Says goodbye; the receive loop ends when the node has answered, or after a short time without an answer.</summary>
    public async Task CloseAsync()
    {
        _closing = true;
        _giveUp.CancelAfter(CloseTimeout);
        await SayGoodbyeAsync(WebSocketCloseStatus.NormalClosure);
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        _giveUp.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> TryReadFrameAsync()
    {
        _frame.ResetWrittenCount();
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(_frame.GetMemory(4096), _giveUp.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    await EndAsync();
                    return false;
                }

                _frame.Advance(part.Count);
                if (_frame.WrittenCount > MaxFrameBytes)
                {
                    await RefuseFrameAsync();
                    return false;
                }

                if (part.EndOfMessage)
                {
                    return true;
                }
            }
        }
        catch (WebSocketException exception)
        {
            Ending = _closing ? null : $"The connection to {node.Name} broke: {exception.GetBaseException().Message}";
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task EndAsync()
    {
        // When we closed, this is only the answer to our goodbye; else the goodbye is the node's, and wants an answer.
        if (!_closing)
        {
            Ending = CloseText.Explain(node.Name, socket.CloseStatus, socket.CloseStatusDescription);
            await SayGoodbyeAsync(WebSocketCloseStatus.NormalClosure);
        }
    }

    private async Task RefuseFrameAsync()
    {
        Ending = $"{node.Name} sent a frame of more than {MaxFrameBytes / 1024} KiB, and this page closed the connection.";
        await SayGoodbyeAsync(WebSocketCloseStatus.MessageTooBig);
    }

    private async Task SayGoodbyeAsync(WebSocketCloseStatus status)
    {
        using var deadline = new CancellationTokenSource(CloseTimeout, time);
        try
        {
            await socket.CloseOutputAsync(status, statusDescription: null, deadline.Token);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is gone already, which was the aim.
            socket.Abort();
        }
    }
}
