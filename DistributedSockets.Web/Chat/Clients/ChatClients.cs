// Makes the clients of panes: as any application would, but for a network that can be dropped.
using DistributedSockets.Client;
using DistributedSockets.Web.Cluster;

namespace DistributedSockets.Web.Chat.Clients;

/// <summary>Makes a client for a pane's user, and knows nodes by the names that the page shows.</summary>
internal sealed class ChatClients(NodeDirectory directory, ClusterWatch cluster, ChatTokens tokens, ILogger<DistributedSocketsClient> logger, TimeProvider time)
{
    /// <param name="node">Where it connects first; anywhere if null. When that is gone, any node will do.</param>
    public async Task<DistributedSocketsClient> CreateAsync(string user, string? node, PaneDevice device, CancellationToken cancellationToken)
    {
        Uri[] all = [.. directory.Nodes.Select(known => known.Url)];
        var first = directory.Find(node)?.Url;
        var usesTokens = await tokens.GetAsync(user, cancellationToken) is not null;
        return new DistributedSocketsClient(new ClientOptions
        {
            User = user,
            TokenProvider = usesTokens ? async stopping => await tokens.GetAsync(user, stopping) ?? throw new InvalidOperationException("no node gives a token") : null,
            Device = device.Name,
            Name = "DistributedSockets.Web",
            Store = device,
            NodeProvider = _ =>
            {
                IReadOnlyList<Uri> round = Interlocked.Exchange(ref first, null) is { } chosen ? [chosen] : all;
                return ValueTask.FromResult(round);
            },
            LongestPause = TimeSpan.FromSeconds(3),
            ConfigureWebSocket = socket =>
            {
                device.Network.Check();

                // The nodes are neighbours: a proxy that the environment names for the world outside can't reach them.
                socket.Proxy = null;
            },
            Logger = logger,
            TimeProvider = time,
        });
    }

    /// <summary>The name under which the page's configuration has the node that calls itself so: node-1 for server-1.</summary>
    public string NameOf(string? node) => cluster.Current.Nodes.FirstOrDefault(known => known.LastInfo?.Node == node)?.Address.Name ?? node ?? "a node";
}
