// Empties a node that stops: whose turn it is to leave, and for where.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>A connection is asked to leave.</summary>
/// <param name="After">How long it may take; then it is closed.</param>
/// <param name="Url">A node that goes on; null when its address is not known.</param>
internal sealed record DrainTurn(Connection Connection, TimeSpan After, string? Url);

/// <summary>
/// Empties a node that stops. Its connections leave one after the other, evenly over the larger part of a window: thousands that come to the other nodes at once would be their trouble.
/// Where there is no other node to go to, as when the whole cluster stops, nobody is kept waiting.
/// </summary>
internal sealed partial class NodeDrain(ConnectionTable table, NodeStatus status, IOptions<SocketNodeOptions> options, TimeProvider time, ILogger<NodeDrain> logger)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>The turns take this much of the window; the rest is for those who come last to be elsewhere before they are closed.</summary>
    private const double TurnsShare = 2.0 / 3;

    /// <summary>Each connection's turn as it comes. Ends when all have left, when the window is over, or when no other node takes anybody; what is there then has to be closed.</summary>
    public async IAsyncEnumerable<DrainTurn> TurnsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var window = options.Value.Cluster.DrainWindow;
        var connections = table.Snapshot();
        var start = time.GetTimestamp();
        var asked = 0;
        LogDraining(status.Self, connections.Count, window.TotalSeconds);
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            var elapsed = time.GetElapsedTime(start);
            if (table.ConnectionCount == 0 || elapsed >= window)
            {
                yield break;
            }

            // Looked at again and again: on a stop of the whole cluster nodes learn of each other's within a second or two.
            if (!TryFindOthers(out var urls))
            {
                LogNobodyElse(status.Self, table.ConnectionCount);
                yield break;
            }

            for (; asked < connections.Count && elapsed >= window * TurnsShare * ((double)asked / connections.Count); asked++)
            {
                yield return new DrainTurn(connections[asked], window - elapsed, urls.Length == 0 ? null : urls[asked % urls.Length]);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>
    /// Whether anybody else takes connections, and at which addresses. While Redis does not answer nobody does, as far as anybody knows; and when everything is stopped at
    /// once, Redis may be the first to go.
    /// </summary>
    private bool TryFindOthers(out string[] urls)
    {
        var others = status.IsStoreAway
            ? []
            : status.Nodes.Living.Where(node => node.Key != status.Self && node.Value is not { Draining: true }).OrderBy(node => node.Key.Node.Value, StringComparer.Ordinal).ToList();
        urls = [.. others.Select(node => node.Value?.Url).OfType<string>().Where(url => url.Length > 0)];
        return others.Count > 0;
    }

    [LoggerMessage(7050, LogLevel.Information, "{Node} drains: {Count} connections leave over {Seconds:0.#} s")]
    private partial void LogDraining(NodeIncarnation node, int count, double seconds);

    [LoggerMessage(7051, LogLevel.Information, "{Node} does not wait for {Count} connections: no other node would take them")]
    private partial void LogNobodyElse(NodeIncarnation node, int count);
}
