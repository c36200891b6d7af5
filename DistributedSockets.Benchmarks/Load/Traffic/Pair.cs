// One sender and one receiver: what is on its way between them, and whether it comes once and in order.
using System.Diagnostics;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Traffic;

internal sealed class Pair(Link sender, Link receiver, int mostInFlight)
{
    // A power of two, so that a place is found by a mask.
    private readonly long[] _sentAt = new long[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)mostInFlight + 1)];

    public Link Sender { get; } = sender;

    public Link Receiver { get; } = receiver;

    public Template Template { get; } = new(sender.Dialect.Message(sender.User, receiver.User), (uint)sender.Index);

    /// <summary>How many were sent, which is also the next one's number.</summary>
    public uint Sent { get; private set; }

    public uint Arrived { get; private set; }

    public uint Acknowledged { get; set; }

    public uint Receipted { get; set; }

    /// <summary>Sent and not yet there; where the target acknowledges, not yet acknowledged either.</summary>
    public int InFlight => (int)(Sent - (Sender.Dialect.IsReliable ? Math.Min(Arrived, Acknowledged) : Arrived));

    public bool IsComplete => Arrived == Sent && (!Sender.Dialect.IsReliable || (Acknowledged == Sent && Receipted == Sent));

    public void Send(LinkSet links, int count) => Send(links, count, Stopwatch.GetTimestamp());

    /// <param name="at">The moment that the latency is counted from.</param>
    public void Send(LinkSet links, int count, long at) => links.Send(Sender, Template, Stamp(count, at), count);

    /// <summary>Counts messages as sent, and says the first one's number.</summary>
    public uint Stamp(int count, long at)
    {
        if (Sent - Arrived + count > _sentAt.Length)
        {
            throw new LoadException($"{Sent - Arrived} messages of '{Sender.User}' are on their way: the target does not keep up.");
        }

        var first = Sent;
        for (var i = 0; i < count; i++)
        {
            _sentAt[Sent++ & (_sentAt.Length - 1)] = at;
        }

        return first;
    }

    /// <summary>When the message was sent.</summary>
    public long Take(Link at, Mark mark)
    {
        if (at != Receiver || mark.Sender != Sender.Index || mark.Sequence != Arrived || Arrived == Sent)
        {
            throw new LoadException(
                $"'{at.User}' was sent message {mark.Sequence} of connection {mark.Sender}, but message {Arrived} of connection {Sender.Index} is what '{Receiver.User}' expects: " +
                "lost, doubled or out of order.");
        }

        var sentAt = _sentAt[Arrived & (_sentAt.Length - 1)];
        Arrived++;
        return sentAt;
    }

    public override string ToString() =>
        $"'{Sender.User}' sent {Sent}, of which {Arrived} arrived" + (Sender.Dialect.IsReliable ? $", {Acknowledged} were acknowledged and {Receipted} receipted" : "");
}
