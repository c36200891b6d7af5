// A message as its sender remembers it: when it was sent, over which connections, and what the system said.
using System.Diagnostics;
using System.Text.Json;

namespace DistributedSockets.Tests.Faults;

/// <summary>What a message is known by on both sides: the sending device, the recipient and a number that rises by one with each message between them.</summary>
internal readonly record struct MessageKey(string Device, string To, int Number)
{
    public override string ToString() => $"{Device} -> {To} #{Number}";
}

/// <summary>A message as its sender remembers it. Changed under its device's lock; read by the verdict when all is quiet.</summary>
internal sealed class SentMessage(MessageKey key, string from, int padding, bool isRoom = false)
{
    private readonly HashSet<int> _failedOn = [];

    public MessageKey Key => key;

    public string From => from;

    /// <summary>Whether the recipient is a room.</summary>
    public bool IsRoom => isRoom;

    /// <summary>Its place in the room's log, as the sender was told.</summary>
    public long? Rseq { get; set; }

    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The frame, made anew each time: few are sent twice.</summary>
    public string Frame => JsonSerializer.Serialize(
        new { type = "msg", id = Id, to = isRoom ? null : Key.To, room = isRoom ? Key.To : null, body = new { device = Key.Device, number = Key.Number, pad = new string('x', padding) } });

    /// <summary>By <see cref="Stopwatch"/>; 0 while it waits for its first chance.</summary>
    public long FirstSentAt { get; private set; }

    public long LastSentAt { get; private set; }

    public int Sends { get; private set; }

    /// <summary>0 while not acknowledged.</summary>
    public long AcknowledgedAt { get; private set; }

    /// <summary>The connection that the first acknowledgement came over.</summary>
    public int AcknowledgedOn { get; private set; }

    /// <summary>Whether the first acknowledgement said that an earlier sending had stored it.</summary>
    public bool WasDuplicate { get; private set; }

    /// <summary>All acknowledgements, and those of them that said so.</summary>
    public int Acknowledgements { get; private set; }

    public int Duplicates { get; private set; }

    /// <summary>The system's id of it.</summary>
    public string? Mid { get; private set; }

    /// <summary>Further ids that acknowledgements gave it: there may be none.</summary>
    public List<string> OtherMids { get; } = [];

    /// <summary>An answer that no repetition changes, such as <c>too_large</c>: it is given up.</summary>
    public string? Refusal { get; set; }

    public bool IsAcknowledged => AcknowledgedAt > 0;

    public bool FailedOn(int connection) => _failedOn.Contains(connection);

    public void OnSent(long now)
    {
        FirstSentAt = FirstSentAt == 0 ? now : FirstSentAt;
        LastSentAt = now;
        Sends++;
    }

    public void OnAcknowledged(int connection, string mid, bool duplicate, long now)
    {
        Acknowledgements++;
        Duplicates += duplicate ? 1 : 0;
        if (!IsAcknowledged)
        {
            (AcknowledgedAt, AcknowledgedOn, WasDuplicate, Mid) = (now, connection, duplicate, mid);
        }
        else if (mid != Mid)
        {
            OtherMids.Add(mid);
        }
    }

    public void OnFailed(int connection) => _failedOn.Add(connection);
}
