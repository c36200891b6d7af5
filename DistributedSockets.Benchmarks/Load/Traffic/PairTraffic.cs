// Messages between pairs: opens their connections, measures, and waits until everything has arrived.
using System.Diagnostics;
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Traffic;

internal abstract class PairTraffic : ILinkListener, IDisposable
{
    private const int OpeningAtOnce = 64;
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(10);

    private readonly Order _order;
    private Window? _window;

    protected PairTraffic(Order order, Dialect dialect, string run, int mostInFlight)
    {
        _order = order;
        Links = new LinkSet(this);
        var links = new List<Link>();
        for (var i = 0; i < order.Size; i++)
        {
            var here = order.Between ? i % order.Ports.Length : 0;
            var there = order.Between ? (i + 1) % order.Ports.Length : 0;
            var sender = new Link(2 * i, $"{run}s{i}", null, order.Ports[here], dialect);
            var receiver = new Link((2 * i) + 1, $"{run}r{i}", null, order.Ports[there], dialect);
            links.AddRange([sender, receiver]);
            Pairs.Add(new Pair(sender, receiver, mostInFlight));
            sender.Role = receiver.Role = Pairs[^1];
        }

        Links.Open(links, OpeningAtOnce, OpenLimit);
    }

    protected LinkSet Links { get; }

    protected List<Pair> Pairs { get; } = [];

    /// <summary>Messages that have arrived, of all pairs and since the beginning.</summary>
    protected long ArrivedCount { get; private set; }

    public Figures Run()
    {
        Begin();
        Go(TimeSpan.FromSeconds(_order.WarmUp));
        _window = new Window(_order);
        BeginWindow();
        Go(TimeSpan.FromSeconds(_order.Seconds));
        var figures = _window.Close();
        End();
        WaitForAll();
        return figures with { Latency = _window.Latency };
    }

    public void Arrived(Link link, Mark mark)
    {
        var sentAt = ((Pair)link.Role!).Take(link, mark);
        ArrivedCount++;
        _window?.Arrived(sentAt, Links.Now);
    }

    public void Acknowledged(Link link) => ((Pair)link.Role!).Acknowledged++;

    public void Receipted(Link link, int count)
    {
        ((Pair)link.Role!).Receipted += (uint)count;
        _window?.Receipted(count);
    }

    public virtual void AfterRead(Link link)
    {
    }

    public void Dispose() => Links.Dispose();

    /// <summary>Sends the first ones.</summary>
    protected abstract void Begin();

    /// <summary>What is measured begins now.</summary>
    protected virtual void BeginWindow()
    {
    }

    /// <summary>Keeps sending for so long; here, in answer to what arrives.</summary>
    protected virtual void Go(TimeSpan time)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (Links.Now < end)
        {
            Links.Turn(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Sends no more.</summary>
    protected virtual void End()
    {
    }

    private void WaitForAll()
    {
        var start = Stopwatch.GetTimestamp();
        while (Pairs.FirstOrDefault(pair => !pair.IsComplete) is { } waiting)
        {
            if (Stopwatch.GetElapsedTime(start) > ArrivalLimit)
            {
                throw new LoadException($"{ArrivalLimit.TotalSeconds:0} s after the last message, {waiting}: lost.");
            }

            Links.Turn(TimeSpan.FromMilliseconds(20));
        }
    }
}
