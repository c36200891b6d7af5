// One connection of the generator: its socket, how far its opening is, and what could not be read or sent yet.
using DistributedSockets.Benchmarks.Load.Dialects;

namespace DistributedSockets.Benchmarks.Load.Sockets;

internal enum LinkState
{
    Connecting,
    Upgrading,
    Greeting,

    /// <summary>Has written to itself: when that comes back, others can reach it too.</summary>
    Probing,
    Ready,
}

internal sealed class Link(int index, string user, string? room, int port, Dialect dialect)
{
    /// <summary>The number of the message that a connection sends to itself.</summary>
    public const uint Probe = uint.MaxValue;

    private byte[] _partial = [];
    private int _partialLength;
    private byte[] _unsent = [];

    public int Index { get; } = index;

    public string User { get; } = user;

    public string? Room { get; } = room;

    public int Port { get; } = port;

    public Dialect Dialect { get; } = dialect;

    public int Descriptor { get; set; } = -1;

    public LinkState State { get; set; }

    /// <summary>Once it is ready, what comes on it is nobody's business, and neither is its end.</summary>
    public bool IsExpendable { get; init; }

    /// <summary>What the traffic knows about it.</summary>
    public object? Role { get; set; }

    /// <summary>What its dialect has to acknowledge: the last number, how many since the last time, and since when.</summary>
    public long Seen { get; set; }

    public int Owed { get; set; }

    public long OwedSince { get; set; }

    /// <summary>The beginning of a frame whose rest has not arrived.</summary>
    public ReadOnlySpan<byte> Partial => _partial.AsSpan(0, _partialLength);

    /// <summary>The first parts of a message that comes in several frames: SignalR sends one for each piece of its buffer.</summary>
    public byte[] Fragments { get; set; } = [];

    public bool IsBlocked => _unsent.Length > 0;

    public void Keep(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > _partial.Length)
        {
            _partial = new byte[rest.Length * 2];
        }

        rest.CopyTo(_partial);
        _partialLength = rest.Length;
    }

    /// <summary>Sends what the socket takes; true when all is gone.</summary>
    public bool Send(ReadOnlySpan<byte> bytes)
    {
        if (IsBlocked)
        {
            _unsent = [.. _unsent, .. bytes];
            return false;
        }

        var sent = Math.Max(Native.Send(Descriptor, bytes), 0);
        if (sent < bytes.Length)
        {
            _unsent = bytes[sent..].ToArray();
        }

        return !IsBlocked;
    }

    public bool SendRest()
    {
        var rest = _unsent;
        _unsent = [];
        return rest.Length == 0 || Send(rest);
    }
}
