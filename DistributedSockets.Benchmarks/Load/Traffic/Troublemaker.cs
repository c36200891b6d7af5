// Somebody beside the pairs whose messages give the nodes trouble: what becomes of them does not count, what they do to the others does.
using System.Diagnostics;
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Traffic;

internal sealed class Troublemaker
{
    private const int PerSecond = 1000;

    /// <summary>So that a stalled reader has two seconds: small messages would take longer to fill the system's own buffers than the run lasts.</summary>
    private const int BodyLength = 2000;

    /// <summary>Into the window.</summary>
    private static readonly TimeSpan KilledAfter = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(10);

    private readonly Trouble _trouble;
    private readonly LinkSet _links;
    private readonly Link _sender;
    private readonly Link[] _recipients;
    private readonly Template[] _templates;
    private long _begunAt;
    private long _next = Stopwatch.GetTimestamp();
    private uint _sent;

    public Troublemaker(Trouble trouble, int port, LinkSet links, string run)
    {
        _trouble = trouble;
        _links = links;

        // Of ds.v1: it is told when an inbox is full, where a plain sender would be closed.
        _sender = new Link(links.Links.Count, $"{run}trouble", null, port, new DsDialect()) { IsExpendable = true };
        _recipients = [.. Enumerable.Range(0, trouble.Kind == TroubleKind.DeadNode ? 200 : 1).Select(
            i => new Link(_sender.Index + 1 + i, $"{run}troubled{i}", null, trouble.Port, new PlainDialect()) { IsExpendable = true })];
        _templates = [.. _recipients.Select(recipient => new Template(_sender.Dialect.Probe(recipient.User), (uint)_sender.Index, BodyLength))];
        links.Open(trouble.Kind == TroubleKind.FullInbox ? [_sender] : [_sender, .. _recipients], 64, OpenLimit);
    }

    /// <summary>The window has begun.</summary>
    public void Begin()
    {
        _begunAt = Stopwatch.GetTimestamp();
        if (_trouble.Kind == TroubleKind.StalledReader)
        {
            _links.Stall(_recipients[0]);
        }
    }

    public void Turn(long now)
    {
        if (_trouble.Kind == TroubleKind.DeadNode && _begunAt != 0 && Stopwatch.GetElapsedTime(_begunAt, now) > KilledAfter)
        {
            _begunAt = 0;
            using var process = Process.GetProcessById(_trouble.Process);
            process.Kill();
        }

        // Who does not get rid of what they have sent sends no more: a person would not either.
        for (; _next <= now && !_sender.IsBlocked; _next += Stopwatch.Frequency / PerSecond)
        {
            _links.Send(_sender, _templates[_sent % _templates.Length], _sent++, 1);
        }
    }
}
