// All connections of a run on one thread: opens them, sends, and waits for what happens. What comes in: LinkSet.Reading.cs.
using System.Diagnostics;

namespace DistributedSockets.Benchmarks.Load.Sockets;

internal sealed partial class LinkSet(ILinkListener listener) : IDisposable
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(250);

    private readonly Poll _poll = new();
    private readonly List<Link> _links = [];
    private readonly byte[] _input = GC.AllocateArray<byte>(512 * 1024, pinned: true);
    private readonly byte[] _output = GC.AllocateArray<byte>(1024 * 1024, pinned: true);
    private long _nextTick;

    public IReadOnlyList<Link> Links => _links;

    public int Ready { get; private set; }

    /// <summary>When what is being read now was there: taken once for each read.</summary>
    public long Now { get; private set; } = Stopwatch.GetTimestamp();

    /// <summary>Where frames are put together before they are sent at once.</summary>
    public Span<byte> Output => _output;

    /// <summary>Opens connections, so many at a time, until all are ready.</summary>
    public void Open(IReadOnlyList<Link> links, int atOnce, TimeSpan limit)
    {
        var end = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
        var started = 0;
        var readyBefore = Ready;
        while (Ready - readyBefore < links.Count)
        {
            while (started < links.Count && started - (Ready - readyBefore) < atOnce)
            {
                Begin(links[started++]);
            }

            Turn(TimeSpan.FromMilliseconds(50));
            if (Stopwatch.GetTimestamp() > end)
            {
                var waiting = _links.First(link => link.State != LinkState.Ready);
                throw new LoadException($"Only {Ready - readyBefore} of {links.Count} connections were ready after {limit.TotalSeconds:0} s; '{waiting.User}' is {waiting.State}.");
            }
        }
    }

    /// <summary>Has all of them write to themselves again: who is not reached is lost.</summary>
    public void ProbeAgain(TimeSpan limit)
    {
        var end = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
        Ready = 0;
        _links.ForEach(BeginProbe);
        while (Ready < _links.Count)
        {
            Turn(TimeSpan.FromMilliseconds(50));
            if (Stopwatch.GetTimestamp() > end)
            {
                throw new LoadException($"{_links.Count - Ready} of {_links.Count} connections can't be reached any more.");
            }
        }
    }

    /// <summary>Reads nothing more of it.</summary>
    public void Stall(Link link) => _poll.Remove(link.Descriptor);

    /// <summary>Waits for something to happen, and handles all that has.</summary>
    public void Turn(TimeSpan limit)
    {
        var count = _poll.Wait(limit);
        for (var i = 0; i < count; i++)
        {
            var ready = _poll[i];
            var link = _links[ready.Token];
            if (ready.IsWritable)
            {
                OnWritable(link);
            }

            if (ready.IsReadable)
            {
                Read(link);
            }
        }

        Now = Stopwatch.GetTimestamp();
        if (Now > _nextTick)
        {
            _nextTick = Now + (long)(TickPeriod.TotalSeconds * Stopwatch.Frequency);
            foreach (var link in _links)
            {
                if (link.State == LinkState.Ready)
                {
                    link.Dialect.Tick(link, this);
                }
            }
        }
    }

    public void Send(Link link, ReadOnlySpan<byte> bytes)
    {
        var wasBlocked = link.IsBlocked;
        if (!link.Send(bytes) && !wasBlocked)
        {
            _poll.Modify(link.Descriptor, link.Index, writable: true);
        }
    }

    /// <summary>Sends several messages with one call.</summary>
    public void Send(Link link, Template template, uint first, int count)
    {
        var most = _output.Length / template.Length;
        while (count > 0)
        {
            var batch = Math.Min(count, most);
            for (var i = 0; i < batch; i++)
            {
                template.Write(_output.AsSpan(i * template.Length), first++);
            }

            Send(link, _output.AsSpan(0, batch * template.Length));
            count -= batch;
        }
    }

    public void Dispose()
    {
        foreach (var link in _links.Where(link => link.Descriptor >= 0))
        {
            _ = Native.Close(link.Descriptor);
        }

        _poll.Dispose();
    }

    private void Begin(Link link)
    {
        if (link.Index != _links.Count)
        {
            throw new InvalidOperationException("Links are opened in the order of their numbers.");
        }

        _links.Add(link);
        link.Descriptor = Native.Connect(link.Port, link.Index);
        _poll.Add(link.Descriptor, link.Index, writable: true);
    }

    private void OnWritable(Link link)
    {
        if (link.State == LinkState.Connecting)
        {
            if (Native.ErrorOf(link.Descriptor) is var error and not 0)
            {
                throw new LoadException($"Port {link.Port} can't be connected to: error {error}.");
            }

            link.State = LinkState.Upgrading;
            _poll.Modify(link.Descriptor, link.Index, writable: false);
            Send(link, Upgrade.Request(link));
            return;
        }

        if (link.SendRest())
        {
            _poll.Modify(link.Descriptor, link.Index, writable: false);
        }
    }
}
