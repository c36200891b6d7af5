// The first frame of a ds.v1 connection, which must be a hello.
using System.Net.WebSockets;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>What came first on a ds.v1 connection.</summary>
/// <param name="Hello">Null when the connection is refused.</param>
/// <param name="Rest">What followed the hello in the same frame.</param>
/// <param name="Refusal">Why the connection is closed; null when there is a hello, and when the client has left.</param>
internal sealed record Greeting(HelloFrame? Hello, ReadOnlyMemory<byte> Rest, CloseReason? Refusal)
{
    /// <summary>Reads the first frame. A client that does not say hello in time holds a socket, and nothing else, until then.</summary>
    /// <param name="leaving">The node is going: whoever has not said hello by then need not any more.</param>
    public static async Task<Greeting> ReadAsync(FrameReader frames, TimeSpan limit, TimeProvider time, CancellationToken leaving)
    {
        var isTooLarge = false;
        try
        {
            // The wait is cut short, never the reading: that would tear the socket down before it could say why.
            var frame = await frames.ReadAsync(() => isTooLarge, () => isTooLarge = true).AsTask().WaitAsync(limit, time, leaving);
            return isTooLarge ? Refuse(CloseReason.FrameTooLarge)
                : frame.Type == WebSocketMessageType.Close ? new Greeting(null, default, null)
                : Parse(frame);
        }
        catch (TimeoutException)
        {
            return Refuse(CloseReason.NoHello);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            return Refuse(CloseReason.Drain);
        }
    }

    private static Greeting Parse(Frame frame)
    {
        var reader = new CommandReader(frame.Bytes.Span, stackalloc char[PlainFrameReader.RecipientLength]);
        return frame.Type == WebSocketMessageType.Text && reader.TryRead() && reader.Hello is { } hello
            ? new Greeting(hello, frame.Bytes[reader.BytesConsumed..], null)
            : Refuse(CloseReason.BadProtocol);
    }

    private static Greeting Refuse(CloseReason reason) => new(null, default, reason);
}
