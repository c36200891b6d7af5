// Opens a user's connection to a node, or says why that did not work.
using System.Net.WebSockets;
using DistributedSockets.Web.Cluster;

namespace DistributedSockets.Web.Chat;

/// <summary>A connection could not be opened; the message is for the person at the page.</summary>
internal sealed class ChatConnectException(string message, Exception inner) : Exception(message, inner);

/// <summary>Opens connections over the plain profile: <c>ws://node/ws?user_id=alice</c>.</summary>
internal sealed class ChatConnector(NodeHttp http, TimeProvider time)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="ChatConnectException">The node refused, or did not answer.</exception>
    public async Task<ChatConnection> ConnectAsync(string user, NodeAddress node, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.Proxy = null;
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(20);
        socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(8);
        using var deadline = new CancellationTokenSource(ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(SocketUrl(user, node), either.Token);
            return new ChatConnection(socket, node, time);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            var message = await ExplainAsync(socket, user, node, exception, cancellationToken);
            socket.Dispose();
            throw new ChatConnectException(message, exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<string> ExplainAsync(ClientWebSocket socket, string user, NodeAddress node, Exception exception, CancellationToken cancellationToken)
    {
        var status = socket.HttpStatusCode;
        if (status == 0)
        {
            return NodeTrouble.DidNotAnswer(node, exception);
        }

        var refusal = await http.ReadRefusalAsync(PageUrl(user, node), status, cancellationToken);
        return $"{node.Name} refused the connection ({(int)status}): {refusal ?? status.ToString()}.";
    }

    private static Uri PageUrl(string user, NodeAddress node) => new(node.Url, $"/ws?user_id={Uri.EscapeDataString(user)}");

    private static Uri SocketUrl(string user, NodeAddress node) =>
        new UriBuilder(PageUrl(user, node)) { Scheme = node.Url.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs }.Uri;
}
