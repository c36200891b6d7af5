// Connections without traffic: how fast they open, and what holding them costs.
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Traffic;

internal sealed class Connections : ILinkListener, IDisposable
{
    // Enough for a node to have everything loaded and compiled that a connection needs.
    private const int WarmUp = 500;
    private static readonly TimeSpan OpenLimit = TimeSpan.FromMinutes(2);

    private readonly Order _order;
    private readonly Dialect _dialect;
    private readonly string _run;
    private readonly LinkSet _links;

    public Connections(Order order, Dialect dialect, string run)
    {
        _order = order;
        _dialect = dialect;
        _run = run;
        _links = new LinkSet(this);
        Add(WarmUp);
    }

    /// <summary>From the first connect until the last connection can be reached.</summary>
    public Figures Open()
    {
        var window = new Window(_order);
        Add(_order.Size);
        window.Count = _order.Size;
        return window.Close();
    }

    /// <summary>The window begins when what opening them has cost has settled: one round of heartbeats later, when the runtime has compiled what they need.</summary>
    public Figures Idle()
    {
        Wait(_order.WarmUp);
        var before = ProcessUsage.Read();
        Add(_order.Size);
        Wait(_order.WarmUp + _order.Seconds);
        var window = new Window(_order) { Count = _order.Size };
        Wait(_order.Seconds);
        return window.Close(before);
    }

    /// <summary>All of them, those of the warm-up too, through the node's heartbeats; whoever is closed or can't be reached at the end fails the run.</summary>
    public Figures Hold()
    {
        Add(_order.Size - WarmUp);
        Wait(_order.WarmUp);
        var window = new Window(_order) { Count = _order.Size };
        Wait(_order.Seconds);
        var figures = window.Close();
        _links.ProbeAgain(OpenLimit);
        return figures;
    }

    public void Arrived(Link link, Mark mark) => throw new LoadException($"'{link.User}' was sent a message that nobody wrote.");

    public void Acknowledged(Link link)
    {
    }

    public void Receipted(Link link, int count)
    {
    }

    public void AfterRead(Link link)
    {
    }

    public void Dispose() => _links.Dispose();

    private void Add(int count)
    {
        var first = _links.Links.Count;
        _links.Open(
            [.. Enumerable.Range(first, count).Select(i => new Link(i, $"{_run}c{i}", null, _order.Ports[i % _order.Ports.Length], _dialect))], _order.InFlight, OpenLimit);
    }

    private void Wait(double seconds)
    {
        var end = TimeProvider.System.GetTimestamp() + (long)(seconds * TimeProvider.System.TimestampFrequency);
        while (TimeProvider.System.GetTimestamp() < end)
        {
            _links.Turn(TimeSpan.FromMilliseconds(100));
        }
    }
}
