// A connection in a client's hands: what it has said on it and what it waits for.
using System.Diagnostics;

namespace DistributedSockets.Tests.Faults;

/// <summary>A connection in a client's hands.</summary>
internal sealed class FaultSession(FaultSocket socket)
{
    private long _heardAt = Stopwatch.GetTimestamp();

    public FaultSocket Socket => socket;

    public int Number => socket.Number;

    /// <summary>Its close code, once it has ended.</summary>
    public Task<int> Ended { get; set; } = Task.FromResult(FaultSocket.NoCloseFrame);

    /// <summary>The node has answered the hello.</summary>
    public TaskCompletionSource Welcomed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The node is going; where it sends its users, if it says so.</summary>
    public TaskCompletionSource<Uri?> Draining { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the hello has claimed: epoch and seq.</summary>
    public (string? Epoch, long Seq) Claimed { get; set; }

    /// <summary>How far this connection has acknowledged; the hello counts.</summary>
    public long Acknowledged { get; set; }

    /// <summary>The highest seq that came over this connection: more than that it may not acknowledge, even if an earlier connection has brought it.</summary>
    public long Received { get; set; }

    /// <summary>The same for each room that it was told to be in.</summary>
    public Dictionary<string, Reach> Rooms { get; } = [];

    public long PingedAt { get; set; }

    /// <summary>True: the client does not read, and hears nothing for that reason.</summary>
    public bool IsDeaf { get; set; }

    public TimeSpan Silence => Stopwatch.GetElapsedTime(Interlocked.Read(ref _heardAt));

    public void OnHeard() => Interlocked.Exchange(ref _heardAt, Stopwatch.GetTimestamp());
}

/// <summary>How far a connection has come in one room.</summary>
internal sealed class Reach
{
    public long Received { get; set; }

    public long Acknowledged { get; set; }

    public long AcknowledgedAt { get; set; }
}
