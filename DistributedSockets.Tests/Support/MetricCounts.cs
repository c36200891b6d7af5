// What a counter of a node has counted, by one of its labels.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace DistributedSockets.Tests.Support;

/// <summary>What a counter has counted since this was made, by one of its labels.</summary>
internal sealed class MetricCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();

    public MetricCounts(IMeterFactory meters, string counter, string label)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == counter && instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag.Key == label)
                {
                    _counts.AddOrUpdate((string)tag.Value!, count, (_, known) => known + count);
                }
            }
        });
        _listener.Start();
    }

    public long this[string value] => _counts.GetValueOrDefault(value);

    public IReadOnlyDictionary<string, long> All => _counts;

    public void Dispose() => _listener.Dispose();
}
