// A request for a WebSocket, until it is answered or accepted.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>A request for a WebSocket. Once it is accepted it may be over, and its context is not held any more.</summary>
internal sealed class UpgradeRequest : SocketRequest
{
    private readonly Takeover? _takeover;
    private HttpContext? _context;

    private UpgradeRequest(HttpContext context)
    {
        _context = context;
        _takeover = Takeover.Of(context);
    }

    public override HttpContext Context => _context ?? throw new InvalidOperationException("The request is over.");

    /// <summary>Returns when the request is over, which may be long before <paramref name="handleAsync"/> has ended.</summary>
    public static Task RunAsync(HttpContext context, Func<SocketRequest, Task> handleAsync)
    {
        var request = new UpgradeRequest(context);
        Task handling;

        // What belongs to the request (its scopes for logs, its span) must not live as long as the connection.
        using (ExecutionContext.SuppressFlow())
        {
            handling = handleAsync(request);
        }

        return request._takeover?.WhenLetGoAsync(handling) ?? handling;
    }

    public override Refusal? WhyRefused(UpgradeRules rules, out UserId? user, out string? subprotocol) => rules.Refuse(Context, out user, out subprotocol);

    public override async Task<ClientSocket> AcceptAsync(string? subprotocol, int frameBytes)
    {
        // Of the framework's object only the handshake is wanted. It has neither a timer nor anything else to dispose.
        _ = await Context.WebSockets.AcceptWebSocketAsync(subprotocol);
        if (_takeover is null)
        {
            return new ClientSocket(SocketUpgrade.StreamOf(Context), Context.Abort, frameBytes);
        }

        _context = null;
        var connection = await _takeover.TakeAsync();
        return new ClientSocket(connection.Transport.Input, connection.Transport.Output.AsStream(leaveOpen: true), connection.Abort, frameBytes);
    }
}
