// The first frame of a ds.v1 connection, which must be a hello.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>What came first on a ds.v1 connection.</summary>
/// <param name="Hello">Null when the connection is refused.</param>
/// <param name="Rest">What followed the hello in the same frame.</param>
/// <param name="Refusal">Why the connection is closed; null when there is a hello, and when the client has left.</param>
/// <param name="Problem">What is wrong with the frame, if that is the reason.</param>
internal sealed record Greeting(HelloFrame? Hello, ReadOnlyMemory<byte> Rest, CloseReason? Refusal, CommandProblem? Problem = null)
{
    /// <summary>The code that the client's goodbye is answered with; null when it has said none.</summary>
    public int? Goodbye { get; init; }

    /// <summary>The client has not said anything, and its bytes are still being waited for.</summary>
    public bool IsAwaited { get; init; }

    /// <summary>Reads the first message. A client that does not say hello in time holds a socket, and nothing else, until then.</summary>
    /// <param name="leaving">The node is going: whoever has not said hello by then need not any more.</param>
    public static async Task<Greeting> ReadAsync(ClientSocket socket, TimeSpan limit, TimeProvider time, CancellationToken leaving)
    {
        try
        {
            // The wait is cut short, never the reading: that would tear the socket down before it could say why.
            return await ReadAsync(socket).WaitAsync(limit, time, leaving);
        }
        catch (TimeoutException)
        {
            return Refuse(CloseReason.NoHello) with { IsAwaited = true };
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            return Refuse(CloseReason.Drain) with { IsAwaited = true };
        }
    }

    private static async Task<Greeting> ReadAsync(ClientSocket socket)
    {
        do
        {
            while (socket.Frames.TryRead(out var frame))
            {
                switch (frame.Kind)
                {
                    case FrameKind.Close:
                        return new Greeting(null, default, null) { Goodbye = frame.Answer };
                    case FrameKind.TooLarge:
                        return Refuse(CloseReason.FrameTooLarge);
                    case FrameKind.Violation:
                        return Refuse(frame.Violation!);
                    case FrameKind.Text or FrameKind.Binary:
                        return Parse(frame);
                    case FrameKind.Ping:
                        await socket.AnswerAsync(frame.Bytes);
                        break;
                    default:
                        break;
                }
            }
        }
        while (await socket.Frames.FillAsync());

        return new Greeting(null, default, null);
    }

    private static Greeting Parse(Frame frame)
    {
        if (frame.Kind == FrameKind.Binary)
        {
            return Refuse(CloseReason.BadProtocol, "binary frames are not part of ds.v1.json; send text");
        }

        var reader = new CommandReader(frame.Bytes.Span, stackalloc char[PlainFrameReader.RecipientLength]);
        if (!reader.TryRead() || reader.Kind != CommandKind.Hello)
        {
            return Refuse(CloseReason.BadProtocol, reader.Problem?.Reason ?? "the first frame must be a hello, such as {\"type\":\"hello\"}");
        }

        return reader.Hello!.Device is { } device && IdRules.Problem(device, "device") is { } problem
            ? Refuse(CloseReason.BadProtocol, problem)
            : new Greeting(reader.Hello, frame.Bytes[reader.BytesConsumed..], null);
    }

    private static Greeting Refuse(CloseReason reason, string problem) => new(null, default, reason, new CommandProblem(ErrorCode.BadFrame, problem, null));

    private static Greeting Refuse(CloseReason reason) => new(null, default, reason);
}
