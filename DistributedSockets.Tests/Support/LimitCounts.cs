// How often a node has counted that a limit was reached.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace DistributedSockets.Tests.Support;

/// <summary>What <c>ds.limits.reached</c> of one node has counted since this was made.</summary>
internal sealed class LimitCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();

    public LimitCounts(TestNode node)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "ds.limits.reached" && instrument.Meter.Scope == node.Meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) => _counts.AddOrUpdate((string)tags[0].Value!, count, (_, known) => known + count));
        _listener.Start();
    }

    public long this[string limit] => _counts.GetValueOrDefault(limit);

    public void Dispose() => _listener.Dispose();
}
