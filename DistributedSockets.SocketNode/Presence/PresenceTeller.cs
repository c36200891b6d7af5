// Tells the nodes that watch a user that something has changed.
using System.Threading.Channels;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>
/// Tells the nodes that watch a user that something has changed. What may not have reached one is noted in the store, past the bus, where that node finds it within a second.
/// </summary>
internal sealed partial class PresenceTeller
{
    /// <summary>Changes that wait for their turn; many more than there are unless neither the bus nor the store answers. Then the oldest goes.</summary>
    private const int MaxWaiting = 100_000;

    /// <summary>Changes that are told at once, and those of them in one notice.</summary>
    private const int MostAtOnce = 1000;
    private const int NoticeSize = 100;

    /// <summary>A confirm takes less than a millisecond; a broker that needs this long has a problem.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<PresenceChange> _waiting;
    private readonly IPresence _presence;
    private readonly PresenceWatch _watch;
    private readonly INodeBus _bus;
    private readonly NodeStatus _status;
    private readonly NodeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<PresenceTeller> _logger;

    public PresenceTeller(
        IPresence presence, PresenceWatch watch, INodeBus bus, NodeStatus status, NodeMetrics metrics, TimeProvider time, ILogger<PresenceTeller> logger)
    {
        _presence = presence;
        _watch = watch;
        _bus = bus;
        _status = status;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _waiting = Channel.CreateBounded<PresenceChange>(
            new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => metrics.PresenceDropped.Add(1));
    }

    /// <summary>Returns at once: no session waits for those who watch it.</summary>
    /// <param name="change">Null where nothing has changed.</param>
    public void Tell(PresenceChange? change)
    {
        if (change is { Watchers.Count: > 0 })
        {
            _waiting.Writer.TryWrite(change);
        }
    }

    /// <summary>Completes when every node has it or word is left for it.</summary>
    /// <exception cref="RegistryUnavailableException">Neither was possible: it has to be told again.</exception>
    public Task TellAsync(IEnumerable<PresenceChange> changes, CancellationToken cancellationToken) => Task.WhenAll(changes
        .SelectMany(change => change.Watchers.Select(node => (Node: node, change.State)))
        .GroupBy(told => told.Node, told => told.State)
        .SelectMany(node => node.Chunk(NoticeSize).Select(states => TellAsync(node.Key, states, cancellationToken))));

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var changes = new List<PresenceChange>();
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            changes.Clear();
            while (changes.Count < MostAtOnce && _waiting.Reader.TryRead(out var change))
            {
                changes.Add(change);
            }

            while (!await TryTellAsync(changes, cancellationToken))
            {
                await Task.Delay(RetryDelay, _time, cancellationToken);
            }
        }
    }

    private async Task<bool> TryTellAsync(List<PresenceChange> changes, CancellationToken cancellationToken)
    {
        try
        {
            await TellAsync(changes, cancellationToken);
            return true;
        }
        catch (RegistryUnavailableException exception)
        {
            LogNotTold(exception, changes.Count);
            return false;
        }
    }

    private async Task TellAsync(NodeIncarnation node, PresenceState[] states, CancellationToken cancellationToken)
    {
        if (node == _status.Self)
        {
            _watch.Take(states);
        }
        else if (!_status.Nodes.Counts(node))
        {
            // One that is only taken for dead enters itself again.
            await Task.WhenAll(states.Select(state => _presence.UnwatchAsync(node, state.User, cancellationToken)));
        }
        else if (!await TryPublishAsync(node, states))
        {
            _metrics.PresenceUnseen.Add(states.Length);
            await _presence.NoteUnseenAsync(node, [.. states.Select(state => state.User)], cancellationToken);
        }
    }

    private async Task<bool> TryPublishAsync(NodeIncarnation node, PresenceState[] states)
    {
        try
        {
            return await _bus.TellAsync(node, new Notice.PresenceChanged(_status.Self, states), CancellationToken.None).WaitAsync(Patience, _time) == PublishOutcome.Routed;
        }
        catch (TimeoutException)
        {
            // It may still arrive; twice does no harm.
            return false;
        }
    }

    [LoggerMessage(6002, LogLevel.Warning, "{Count} changes of presence could not be told; trying again")]
    private partial void LogNotTold(Exception exception, int count);
}
