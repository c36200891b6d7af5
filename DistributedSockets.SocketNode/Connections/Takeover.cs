// A connection that goes on when the HTTP request that has upgraded it is over: nothing of HTTP is held for it.
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>
/// Stands between Kestrel's transport and its HTTP, for the life of a connection. An upgraded connection of HTTP/1.1 that is not encrypted is taken over: its request ends
/// with the handshake, everything that HTTP holds for a request (half of what an idle connection would cost) is let go, and the socket lies on the transport itself.
/// </summary>
internal sealed class Takeover : IConnectionHeartbeatFeature
{
    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _transport;
    private readonly IConnectionHeartbeatFeature? _heartbeat;
    private TaskCompletionSource? _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _over = new();
    private Task? _socket;
    private Action? _beat;

    private Takeover(ConnectionContext connection)
    {
        _connection = connection;
        _transport = connection.Transport;
        _heartbeat = connection.Features.Get<IConnectionHeartbeatFeature>();
    }

    /// <summary>The middleware.</summary>
    public static ConnectionDelegate Around(ConnectionDelegate http) => connection => new Takeover(connection).RunAsync(http);

    /// <summary>Null where the request can't give its connection away: encrypted below it, or shared with other requests.</summary>
    public static Takeover? Of(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } && context.Features.Get<ITlsHandshakeFeature>() is null ? context.Features.Get<Takeover>() : null;

    /// <summary>Completes when the request has nothing more to do: <paramref name="socket"/> has ended, or wants the connection and ends without the request.</summary>
    public Task WhenLetGoAsync(Task socket)
    {
        _socket = socket;
        return Task.WhenAny(socket, _wanted!.Task).Unwrap();
    }

    /// <summary>After the handshake: ends the request, and returns when HTTP has let go of the connection.</summary>
    public async Task<ConnectionContext> TakeAsync()
    {
        var over = _over!.Task;
        _wanted!.SetResult();
        await over;
        return _connection;
    }

    /// <summary>HTTP watches its time limits with it.</summary>
    void IConnectionHeartbeatFeature.OnHeartbeat(Action<object> action, object state)
    {
        _beat += () => action(state);
        _heartbeat?.OnHeartbeat(static takeover => ((Takeover)takeover)._beat?.Invoke(), this);
    }

    private async Task RunAsync(ConnectionDelegate http)
    {
        _connection.Features.Set(this);
        _connection.Features.Set<IConnectionHeartbeatFeature>(this);
        _connection.Transport = new LeftOpen(_transport);
        await http(_connection);
        if (_wanted!.Task.IsCompleted)
        {
            _connection.Transport = _transport;
            (var over, _over, _wanted, _beat) = (_over!, null, null, null);
            over.SetResult();
            await EndAsync();
        }
    }

    private async Task EndAsync()
    {
        try
        {
            await _socket!;
        }
        catch
        {
            // As HTTP does with a handler that has failed. Else Kestrel would wait until the peer has taken what is still to be sent.
            _connection.Abort();
            throw;
        }
    }

    /// <summary>The transport as HTTP sees it: who completes it is its owner.</summary>
    private sealed class LeftOpen(IDuplexPipe transport) : IDuplexPipe
    {
        public PipeReader Input { get; } = new Reader(transport.Input);

        public PipeWriter Output { get; } = new Writer(transport.Output);

        private sealed class Reader(PipeReader input) : PipeReader
        {
            public override bool TryRead(out ReadResult result) => input.TryRead(out result);

            public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => input.ReadAsync(cancellationToken);

            public override void AdvanceTo(SequencePosition consumed) => input.AdvanceTo(consumed);

            public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => input.AdvanceTo(consumed, examined);

            public override void CancelPendingRead() => input.CancelPendingRead();

            public override void Complete(Exception? exception = null)
            {
            }
        }

        private sealed class Writer(PipeWriter output) : PipeWriter
        {
            public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

            public override long UnflushedBytes => output.UnflushedBytes;

            public override Memory<byte> GetMemory(int sizeHint = 0) => output.GetMemory(sizeHint);

            public override Span<byte> GetSpan(int sizeHint = 0) => output.GetSpan(sizeHint);

            public override void Advance(int bytes) => output.Advance(bytes);

            public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => output.FlushAsync(cancellationToken);

            public override void CancelPendingFlush() => output.CancelPendingFlush();

            public override void Complete(Exception? exception = null)
            {
            }
        }
    }
}
