// How the frames of a connection are read and written: what the two profiles do differently, in one place each.
using System.Buffers;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>How the frames of a connection are read and written. One object serves all connections of its profile.</summary>
internal abstract class Profile
{
    /// <summary>Whether several pushes may share a frame.</summary>
    public abstract bool JoinsPushes { get; }

    /// <summary>Whether a stored message counts as acknowledged when it was written to the socket: the client has no way to say so.</summary>
    public abstract bool AcknowledgesWhenWritten { get; }

    /// <summary>The code that tells the client why its connection ends.</summary>
    public abstract int CloseCode(CloseReason reason);

    /// <summary>Whether clients of this profile are sent such a thing at all.</summary>
    public abstract bool Takes(Push push);

    /// <summary>Appends one push.</summary>
    /// <param name="redelivered">It may have been sent to this device before.</param>
    public abstract void Write(IBufferWriter<byte> frame, Push push, bool redelivered);

    /// <summary>Appends a fast message.</summary>
    public abstract void Write(IBufferWriter<byte> frame, in FastMessage message);

    /// <summary>Handles one text frame. The bytes are the connection's buffer: nothing keeps them.</summary>
    public abstract ValueTask DispatchAsync(Connection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken);

    /// <summary>A frame that is no text.</summary>
    public abstract void RefuseBinary(Connection connection, int length);

    /// <summary>What became of a message that the connection has sent.</summary>
    public abstract void Tell(Connection connection, Envelope envelope, Outcome outcome);

    /// <summary>The node is going: the connection should leave within <paramref name="after"/>, best to <paramref name="url"/>.</summary>
    public abstract void Drain(Connection connection, TimeSpan after, string? url);
}
