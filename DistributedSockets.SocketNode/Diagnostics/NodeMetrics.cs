// What an operator sees of a node in numbers.
using System.Diagnostics.Metrics;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Diagnostics;

/// <summary>What an operator sees of a node in numbers; the bus has its own in BusMetrics.</summary>
internal sealed class NodeMetrics
{
    private static readonly Delivery[] Paths = Enum.GetValues<Delivery>();

    private readonly Tally[] _delivered = [.. Paths.Select(_ => new Tally())];
    private readonly Counter<long> _limitsReached;
    private readonly Tally[] _hops = [.. Enumerable.Range(0, MessageRouter.MaxHops + 1).Select(_ => new Tally())];

    public NodeMetrics(IMeterFactory factory, ConnectionTable table)
    {
        var meter = factory.Create(NodeTracing.SourceName);
        meter.CreateObservableUpDownCounter("ds.connections", () => table.ConnectionCount, "{connection}", "Live connections of this node");
        meter.CreateObservableUpDownCounter("ds.users", () => table.UserCount, "{user}", "Users with a connection on this node");
        meter.CreateObservableUpDownCounter("ds.send_queue.messages", () => table.Waiting.Queued, "{message}", "Messages that wait to be written to connections");
        meter.CreateObservableCounter("ds.messages.in", () => MessagesIn.Total, "{message}", "Messages taken from connections");
        meter.CreateObservableCounter("ds.messages.out", () => MessagesOut.Total, "{message}", "Messages written to connections");
        meter.CreateObservableCounter("ds.messages.routed", () => Paths.Select(path => Measure(_delivered[(int)path], "path", Label(path))), "{message}", "What became of messages, by path");
        meter.CreateObservableCounter("ds.messages.arrived", () => _hops.Select((tally, hops) => Measure(tally, "hops", hops)), "{message}", "Messages from other nodes, by how many had passed them on before");
        Rerouted = meter.CreateCounter<long>("ds.messages.rerouted", "{message}", "Messages looked up again after the broker returned them");
        meter.CreateObservableCounter("ds.hints.missed", () => MissedHints.Total, "{hint}", "Hints of stored messages that may not have arrived, so that word is left past the bus");
        MalformedFrames = meter.CreateCounter<long>("ds.frames.malformed", "{frame}", "Frames dropped since they could not be read");
        SlowReaders = meter.CreateCounter<long>("ds.connections.slow", "{connection}", "Connections closed since they read too slowly");
        RefusedUpgrades = meter.CreateCounter<long>("ds.connections.refused", "{connection}", "Connections refused, by HTTP status");
        _limitsReached = meter.CreateCounter<long>("ds.limits.reached", "{time}", "How often a limit was reached, by its setting");
        ProbeLag = meter.CreateHistogram<double>("ds.probe.lag", "s", "How long this node's own message took over the bus");
        ProbesMissed = meter.CreateCounter<long>("ds.probe.missed", "{probe}", "Confirmed probes that did not arrive");
        PresenceUnseen = meter.CreateCounter<long>("ds.presence.unseen", "{change}", "Changes of presence that may not have arrived, so that word is left past the bus");
        PresenceDropped = meter.CreateCounter<long>("ds.presence.dropped", "{change}", "Changes of presence that were told to nobody, since too many waited");
        Reaped = meter.CreateCounter<long>("ds.reaped.users", "{user}", "Users whose sessions on a dead node were closed by this node");
    }

    public Tally MessagesIn { get; } = new();

    public Tally MessagesOut { get; } = new();

    public Counter<long> Rerouted { get; }

    public Tally MissedHints { get; } = new();

    public Counter<long> MalformedFrames { get; }

    public Counter<long> SlowReaders { get; }

    public Counter<long> RefusedUpgrades { get; }

    public Histogram<double> ProbeLag { get; }

    public Counter<long> ProbesMissed { get; }

    public Counter<long> PresenceUnseen { get; }

    public Counter<long> PresenceDropped { get; }

    public Counter<long> Reaped { get; }

    public long DeliveredTotal(Delivery delivery) => _delivered[(int)delivery].Total;

    public void Delivered(Delivery delivery, int count) => _delivered[(int)delivery].Add(count);

    /// <param name="limit">Its setting.</param>
    public void LimitReached(string limit) => _limitsReached.Add(1, new KeyValuePair<string, object?>("limit", limit));

    /// <summary>A message has come from another node.</summary>
    public void Arrived(int hops) => _hops[Math.Clamp(hops, 0, MessageRouter.MaxHops)].Add(1);

    private static Measurement<long> Measure(Tally tally, string name, object value) => new(tally.Total, new KeyValuePair<string, object?>(name, value));

    private static string Label(Delivery delivery) => delivery switch
    {
        Delivery.Local => "local",
        Delivery.Remote => "remote",
        Delivery.Inbox => "inbox",
        Delivery.Unknown => "unknown",
        Delivery.Dropped => "dropped",
        Delivery.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(delivery)),
    };
}
