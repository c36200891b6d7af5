// The latest traces, in memory, and never more than a bound of them.
namespace DistributedSockets.Web.Traces;

/// <param name="Traces">Traces that are kept.</param>
/// <param name="Bytes">About what all of them may take in memory.</param>
/// <param name="SpansPerTrace">A trace's further spans are only counted.</param>
internal sealed record TraceLimits(int Traces, long Bytes, int SpansPerTrace)
{
    public static TraceLimits Default { get; } = new(2000, 32 << 20, 1000);
}

/// <summary>Keeps the latest traces: where there is no more room the oldest go, by when they were first heard of.</summary>
internal sealed class TraceRing(TraceLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Entry> _entries = [];
    private readonly Queue<Entry> _oldestFirst = [];
    private long _bytes;
    private long _version;

    /// <summary>Rises with every change: who shows traces asks whether there is news.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>About what all take in memory.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public void Add(IEnumerable<TraceSpan> spans)
    {
        lock (_lock)
        {
            foreach (var span in spans)
            {
                Add(span);
            }

            while (_oldestFirst.Count > limits.Traces || _bytes > limits.Bytes)
            {
                var oldest = _oldestFirst.Dequeue();
                _entries.Remove(oldest.Id);
                _bytes -= oldest.Bytes;
            }

            _version++;
        }
    }

    /// <summary>All that are kept.</summary>
    public List<Trace> ReadAll()
    {
        lock (_lock)
        {
            return [.. _oldestFirst.Select(entry => entry.Read())];
        }
    }

    public Trace? Find(UInt128 id)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(id)?.Read();
        }
    }

    /// <summary>Other traces whose steps carried that one along, such as one publish of many messages.</summary>
    public List<Trace> FindCarriers(UInt128 id) => [.. ReadAll().Where(trace => trace.Id != id && trace.Spans.Any(span => span.Links.Contains(id)))];

    public void Clear()
    {
        lock (_lock)
        {
            _entries.Clear();
            _oldestFirst.Clear();
            _bytes = 0;
            _version++;
        }
    }

    private void Add(TraceSpan span)
    {
        if (!_entries.TryGetValue(span.Trace, out var entry))
        {
            entry = new Entry(span.Trace);
            _entries.Add(span.Trace, entry);
            _oldestFirst.Enqueue(entry);
        }

        _bytes += entry.Add(span, limits.SpansPerTrace);
    }

    private sealed class Entry(UInt128 id)
    {
        private readonly Dictionary<ulong, TraceSpan> _spans = [];
        private int _omitted;
        private Trace? _whole;

        public UInt128 Id => id;

        public long Bytes { get; private set; }

        /// <summary>Returns what was added in bytes. An exporter that was not answered sends the same span again.</summary>
        public int Add(TraceSpan span, int most)
        {
            _whole = null;
            if (_spans.Count == most)
            {
                _omitted += _spans.ContainsKey(span.Id) ? 0 : 1;
                return 0;
            }

            if (!_spans.TryAdd(span.Id, span))
            {
                return 0;
            }

            Bytes += span.Bytes;
            return span.Bytes;
        }

        public Trace Read() => _whole ??= new Trace(id, [.. _spans.Values.OrderBy(span => span.Start)], _omitted);
    }
}
