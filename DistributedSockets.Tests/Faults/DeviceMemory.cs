// What a device keeps over its connections: how far it has read, what it has shown, and what it was told.
using System.Diagnostics;

namespace DistributedSockets.Tests.Faults;

/// <summary>A message that a device has shown to its user.</summary>
internal sealed record Surfaced(MessageKey Key, string Mid, long Seq, string? Epoch, int Connection, long At);

/// <summary>What a node has answered to a hello.</summary>
internal sealed record Welcome(int Connection, string Node, bool Resumed, string? Reason, bool HasGap, string Epoch, long Seq, long At);

/// <summary>
/// What a device keeps over its connections, by the rules for clients: what is at or below the last seq is dropped; after a new epoch the seqs begin anew, and what was
/// seen before is known by its mid. Used under its device's lock.
/// </summary>
internal sealed class DeviceMemory
{
    // Which life of the inbox it was first shown in: only what comes again in another life is the device's own to drop.
    private readonly Dictionary<string, string?> _mids = [];

    public string? Epoch { get; private set; }

    public string? Resume { get; private set; }

    /// <summary>Everything up to there it has.</summary>
    public long Seq { get; private set; }

    /// <summary>The id of the message or receipt at <see cref="Seq"/>.</summary>
    public string? Mid { get; private set; }

    public List<Surfaced> Surfaced { get; } = [];

    public List<Welcome> Welcomes { get; } = [];

    /// <summary>What came at or below the last seq, or in another epoch again: dropped, as every client does.</summary>
    public int Dropped { get; private set; }

    public void Drop() => Dropped++;

    public void OnWelcome(Welcome welcome, string resume)
    {
        Welcomes.Add(welcome);
        Resume = resume;
        if (welcome.Epoch != Epoch)
        {
            (Epoch, Seq, Mid) = (welcome.Epoch, 0, null);
        }
    }

    /// <summary>False: dropped.</summary>
    public bool OnMessage(MessageKey key, string mid, long seq, int connection)
    {
        if (!TryMove(seq, mid) || (_mids.TryGetValue(mid, out var epoch) && epoch != Epoch))
        {
            Dropped++;
            return false;
        }

        _mids[mid] = Epoch;
        Surfaced.Add(new Surfaced(key, mid, seq, Epoch, connection, Stopwatch.GetTimestamp()));
        return true;
    }

    /// <summary>What another device of the user has sent. False: it was there before, under another seq of the same inbox.</summary>
    public bool TryTakeCopy(string mid, long seq)
    {
        if (!TryMove(seq, mid))
        {
            Dropped++;
            return true;
        }

        return _mids.TryAdd(mid, Epoch) || _mids[mid] != Epoch;
    }

    /// <summary>False: dropped.</summary>
    public bool OnReceipt(long seq, string id)
    {
        var moved = TryMove(seq, id);
        Dropped += moved ? 0 : 1;
        return moved;
    }

    private bool TryMove(long seq, string mid)
    {
        if (seq <= Seq)
        {
            return false;
        }

        (Seq, Mid) = (seq, mid);
        return true;
    }
}
