// What the bus counts.
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace DistributedSockets.SocketNode.Diagnostics;

internal sealed class BusMetrics
{
    private readonly Counter<long> _publishes;
    private readonly Histogram<int> _envelopes;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _noticesDropped;
    private readonly Counter<long> _reconnects;

    public BusMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(NodeTracing.SourceName);
        _publishes = meter.CreateCounter<long>("ds.bus.publishes", "{publish}", "Publishes by what became of them.");
        _envelopes = meter.CreateHistogram<int>("ds.bus.publish.envelopes", "{envelope}", "Envelopes in one publish.");
        _duration = meter.CreateHistogram<double>("ds.bus.publish.duration", "s", "From the publish to its confirm, return or failure.");
        _deadLettered = meter.CreateCounter<long>("ds.bus.dead_lettered", "{message}", "Alarm: messages that could not be read.");
        _noticesDropped = meter.CreateCounter<long>("ds.bus.notices.dropped", "{notice}", "Notices that were not sent: not connected, blocked, or too many waiting.");
        _reconnects = meter.CreateCounter<long>("ds.bus.reconnects", "{connection}", "Connections to the broker that ended or failed to open.");
    }

    /// <param name="result">routed, returned, not_sent, refused, timed_out or lost.</param>
    public void Published(string result, int envelopes, TimeSpan duration)
    {
        var tags = new TagList { { "result", result } };
        _publishes.Add(1, tags);
        _envelopes.Record(envelopes, tags);
        _duration.Record(duration.TotalSeconds, tags);
    }

    public void DeadLettered() => _deadLettered.Add(1);

    public void NoticeDropped() => _noticesDropped.Add(1);

    /// <param name="side">publish or consume.</param>
    public void Reconnecting(string side) => _reconnects.Add(1, new KeyValuePair<string, object?>("side", side));
}
