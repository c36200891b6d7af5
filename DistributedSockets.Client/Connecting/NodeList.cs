// Which node to try next.
namespace DistributedSockets.Client.Connecting;

/// <summary>Goes through the nodes in an order of chance, so that the clients of a cluster spread over it; a node that a drain has named comes first.</summary>
internal sealed class NodeList(ClientOptions options)
{
    private readonly Queue<Uri> _round = new();
    private Uri? _named;
    private Uri? _last;

    /// <summary>A node that is going has named another.</summary>
    public void Name(string? url) => _named = Uri.TryCreate(url, UriKind.Absolute, out var node) ? node : null;

    public async ValueTask<Uri> NextAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _named, null) is { } named)
        {
            return Socket(named);
        }

        if (_round.Count == 0)
        {
            IReadOnlyList<Uri> nodes = options.NodeProvider is { } provider ? await provider(cancellationToken).ConfigureAwait(false) : [.. options.Nodes];
            if (nodes.Count == 0)
            {
                throw new InvalidOperationException("ClientOptions.NodeProvider has given no node.");
            }

            var order = nodes.ToArray();
            Random.Shared.Shuffle(order);

            // The node that has just failed, or sent one away, comes last.
            foreach (var node in order.OrderBy(node => node == _last))
            {
                _round.Enqueue(node);
            }
        }

        _last = _round.Dequeue();
        return Socket(_last);
    }

    private Uri Socket(Uri node)
    {
        var isSecure = node.Scheme is "https" or "wss";
        var path = node.AbsolutePath.TrimEnd('/');
        var query = options.TokenProvider is null ? $"user_id={Uri.EscapeDataString(options.User!)}" : "";
        return new UriBuilder(node) { Scheme = isSecure ? "wss" : "ws", Port = node.Port, Path = path.EndsWith("/ws", StringComparison.Ordinal) ? path : path + "/ws", Query = query }.Uri;
    }
}
