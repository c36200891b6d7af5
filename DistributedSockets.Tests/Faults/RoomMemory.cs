// What a device keeps of one room over its connections: how far it has read, and since when it is in there.
namespace DistributedSockets.Tests.Faults;

/// <summary>
/// What a device keeps of one room over its connections, by the rules for clients: what is at or below the last rseq is dropped; in a new epoch the numbers begin anew.
/// Used under its device's lock.
/// </summary>
internal sealed class RoomMemory
{
    public string? Epoch { get; private set; }

    /// <summary>Everything up to there it has, but for what it has sent itself.</summary>
    public long Rseq { get; private set; }

    /// <summary>When it was first told that it is in the room; 0 before. What is sent later it has to get.</summary>
    public long JoinedAt { get; private set; }

    public void OnJoined(string epoch, long after, long now)
    {
        if (epoch != Epoch)
        {
            (Epoch, Rseq) = (epoch, after);
        }

        JoinedAt = JoinedAt == 0 ? now : JoinedAt;
    }

    /// <summary>False: dropped.</summary>
    public bool TryMove(long rseq)
    {
        if (rseq <= Rseq)
        {
            return false;
        }

        Rseq = rseq;
        return true;
    }
}
