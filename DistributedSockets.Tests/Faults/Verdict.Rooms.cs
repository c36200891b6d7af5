// The verdict on rooms and presence: whom a message to a room has to reach, in which order, and who was misled about others.
namespace DistributedSockets.Tests.Faults;

internal sealed partial class Verdict
{
    /// <summary>Messages to rooms that were acknowledged; they are among <see cref="Acknowledged"/>.</summary>
    public int AcknowledgedInRooms { get; private set; }

    /// <summary>How often one of them was shown, by all devices together.</summary>
    public int ShownInRooms { get; private set; }

    /// <summary>Versions of presence that went back, differences that do not fit, and what a watcher believes of others when all is quiet and is not so.</summary>
    public IReadOnlyCollection<string> Misled => _journal.MisledWatchers;

    /// <summary>Every other device that was in the room before it was sent has to show it, at the place that the sender was told.</summary>
    private void JudgeRoom(SentMessage message, List<(FaultClient Client, Surfaced Surfaced)> shown)
    {
        AcknowledgedInRooms++;
        ShownInRooms += shown.Count;
        var awaited = _journal.Members[message.Key.To].Where(client => client.Device != message.Key.Device && client.JoinedAt(message.Key.To) is var since && since > 0 && since < message.FirstSentAt).ToList();
        if (shown.Count == 0 && awaited.Count > 0)
        {
            Count(Lost, message, Tell(message));
            return;
        }

        foreach (var client in awaited.Where(client => shown.TrueForAll(one => one.Client != client)))
        {
            Count(Missed, message, $"{Tell(message)}, rseq {message.Rseq}; {Tell(client)}, {shown.Count} of {awaited.Count} devices have shown it");
        }

        foreach (var one in shown.Where(one => one.Surfaced.Seq != message.Rseq))
        {
            Count(Reordered, message, $"{Tell(message)} has rseq {message.Rseq} for its sender, and on {one.Client.Device} {Tell(one.Surfaced)}");
        }
    }
}
