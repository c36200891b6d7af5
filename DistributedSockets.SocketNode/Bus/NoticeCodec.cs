// Notices <-> the bytes of one broker message.
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// Notices &lt;-&gt; the bytes of one broker message: <c>version(1) kind from-node from-number …</c>, numbers and texts as <see cref="BusWriter"/> writes them.
/// </summary>
internal static class NoticeCodec
{
    public const byte Version = 1;
    private const int MaxIdBytes = IdRules.MaxScalars * 4;

    private enum Kind : byte
    {
        Opened = 1,
        Closed = 2,
        Superseded = 3,
        Reaped = 4,
        Probe = 5,
        Typing = 6,
        Hop = 7,
        Membership = 8,
        RoomRead = 9,
        RoomTyping = 10,
        PresenceChanged = 11,
        RoomChanged = 15,
        Disconnect = 20,
    }

    public static ReadOnlyMemory<byte> Encode(Notice notice)
    {
        var output = new ArrayBufferWriter<byte>(128);
        var writer = new BusWriter(output);
        writer.WriteByte(Version);
        writer.WriteByte((byte)KindOf(notice));
        WriteNode(writer, notice.From);
        switch (notice)
        {
            case Notice.Opened opened:
                writer.WriteText(opened.User.Value);
                break;
            case Notice.Closed closed:
                writer.WriteText(closed.User.Value);
                break;
            case Notice.Superseded superseded:
                writer.WriteText(superseded.User.Value);
                writer.WriteText(superseded.Connection.Value);
                break;
            case Notice.Reaped reaped:
                WriteNode(writer, reaped.Dead);
                break;
            case Notice.Probe probe:
                writer.WriteNumber(probe.Number);
                break;
            case Notice.Typing typing:
                writer.WriteText(typing.User.Value);
                writer.WriteText(typing.To.Value);
                writer.WriteByte(typing.On ? (byte)1 : (byte)0);
                break;
            case Notice.Membership membership:
                writer.WriteText(membership.User.Value);
                break;
            case Notice.RoomRead read:
                writer.WriteText(read.User.Value);
                writer.WriteText(read.Room.Value);
                writer.WriteNumber(read.Upto);
                break;
            case Notice.RoomTyping typing:
                writer.WriteText(typing.User.Value);
                writer.WriteText(typing.Room.Value);
                writer.WriteByte(typing.On ? (byte)1 : (byte)0);
                break;
            case Notice.RoomChanged changed:
                writer.WriteText(changed.Room.Value);
                break;
            case Notice.Hop hop:
                writer.WriteText(hop.User.Value);
                writer.WriteText(hop.Connection.Value);
                writer.WriteText(hop.Message.Value);
                writer.WriteNumber(hop.At);
                writer.WriteText(hop.Step);
                writer.WriteNumber(hop.Us);
                break;
            case Notice.Disconnect disconnect:
                writer.WriteText(disconnect.User.Value);
                writer.WriteNumber(disconnect.Code);
                writer.WriteText(disconnect.Reason);
                foreach (var connection in disconnect.Connections)
                {
                    writer.WriteText(connection.Value);
                }

                break;
            case Notice.PresenceChanged changed:
                foreach (var state in changed.States)
                {
                    writer.WriteText(state.User.Value);
                    writer.WriteNumber(state.Version);
                    writer.WriteByte(state.Online ? (byte)1 : (byte)0);
                    writer.WriteNumber(state.Since);
                    writer.WriteBlob(state.Status.Span);
                }

                break;
        }

        return output.WrittenMemory;
    }

    /// <summary>Reads any bytes whatever; false is poison. Never throws.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Notice? notice)
    {
        notice = null;
        var reader = new BusReader(bytes);
        if (!reader.TryReadByte(out var version) || version != Version || !reader.TryReadByte(out var kind) || !TryReadNode(ref reader, out var from))
        {
            return false;
        }

        notice = (Kind)kind switch
        {
            Kind.Opened when reader.TryReadText(MaxIdBytes, out var user) => new Notice.Opened(from, new UserId(user)),
            Kind.Closed when reader.TryReadText(MaxIdBytes, out var user) => new Notice.Closed(from, new UserId(user)),
            Kind.Superseded when reader.TryReadText(MaxIdBytes, out var user) && reader.TryReadText(MaxIdBytes, out var connection) =>
                new Notice.Superseded(from, new UserId(user), new ConnectionId(connection)),
            Kind.Reaped when TryReadNode(ref reader, out var dead) => new Notice.Reaped(from, dead),
            Kind.Probe when reader.TryReadNumber(long.MaxValue, out var number) => new Notice.Probe(from, number),
            Kind.Typing when reader.TryReadText(MaxIdBytes, out var user) && reader.TryReadText(MaxIdBytes, out var to) && reader.TryReadByte(out var on) =>
                new Notice.Typing(from, new UserId(user), new UserId(to), on == 1),
            Kind.Membership when reader.TryReadText(MaxIdBytes, out var user) => new Notice.Membership(from, new UserId(user)),
            Kind.RoomRead when reader.TryReadText(MaxIdBytes, out var user) && reader.TryReadText(MaxIdBytes, out var room) && reader.TryReadNumber(long.MaxValue, out var upto) =>
                new Notice.RoomRead(from, new UserId(user), new RoomId(room), upto),
            Kind.RoomTyping when reader.TryReadText(MaxIdBytes, out var user) && reader.TryReadText(MaxIdBytes, out var room) && reader.TryReadByte(out var on) =>
                new Notice.RoomTyping(from, new UserId(user), new RoomId(room), on == 1),
            Kind.RoomChanged when reader.TryReadText(MaxIdBytes, out var room) => new Notice.RoomChanged(from, new RoomId(room)),
            Kind.Hop when reader.TryReadText(MaxIdBytes, out var user) && reader.TryReadText(MaxIdBytes, out var connection) && reader.TryReadText(MaxIdBytes, out var message)
                && reader.TryReadNumber(long.MaxValue, out var at) && reader.TryReadText(MaxIdBytes, out var step) && reader.TryReadNumber(long.MaxValue, out var us) =>
                new Notice.Hop(from, new UserId(user), new ConnectionId(connection), new MessageId(message), at, step, us),
            Kind.Disconnect when reader.TryReadText(MaxIdBytes, out var user) && reader.TryReadNumber(CloseReason.MaxServerCode, out var code)
                && reader.TryReadText(CloseReason.MaxTextBytes, out var reason) && TryReadConnections(ref reader, out var connections) =>
                new Notice.Disconnect(from, new UserId(user), connections, (int)code, reason),
            Kind.PresenceChanged when TryReadStates(ref reader, out var states) => new Notice.PresenceChanged(from, states),
            _ => null,
        };
        notice = reader.Remaining == 0 ? notice : null;
        return notice is not null;
    }

    private static Kind KindOf(Notice notice) => notice switch
    {
        Notice.Opened => Kind.Opened,
        Notice.Closed => Kind.Closed,
        Notice.Superseded => Kind.Superseded,
        Notice.Reaped => Kind.Reaped,
        Notice.Probe => Kind.Probe,
        Notice.Typing => Kind.Typing,
        Notice.RoomChanged => Kind.RoomChanged,
        Notice.Hop => Kind.Hop,
        Notice.Membership => Kind.Membership,
        Notice.RoomRead => Kind.RoomRead,
        Notice.RoomTyping => Kind.RoomTyping,
        Notice.Disconnect => Kind.Disconnect,
        Notice.PresenceChanged => Kind.PresenceChanged,
        _ => throw new ArgumentOutOfRangeException(nameof(notice), notice, "A notice that the codec does not know."),
    };

    private static void WriteNode(BusWriter writer, NodeIncarnation node)
    {
        writer.WriteText(node.Node.Value);
        writer.WriteNumber(node.Number);
    }

    /// <summary>Up to the end of the notice.</summary>
    private static bool TryReadConnections(ref BusReader reader, out IReadOnlyList<ConnectionId> connections)
    {
        var read = new List<ConnectionId>();
        connections = read;
        while (reader.Remaining > 0)
        {
            if (!reader.TryReadText(MaxIdBytes, out var connection))
            {
                return false;
            }

            read.Add(new ConnectionId(connection));
        }

        return true;
    }

    /// <summary>Up to the end of the notice.</summary>
    private static bool TryReadStates(ref BusReader reader, out IReadOnlyList<PresenceState> states)
    {
        var read = new List<PresenceState>();
        states = read;
        while (reader.Remaining > 0)
        {
            if (!reader.TryReadText(MaxIdBytes, out var user) || !reader.TryReadNumber(long.MaxValue, out var version) || !reader.TryReadByte(out var online)
                || !reader.TryReadNumber(long.MaxValue, out var since) || !reader.TryReadBlob(out var status))
            {
                return false;
            }

            read.Add(new PresenceState(new UserId(user), version, online == 1, since, status.ToArray()));
        }

        return true;
    }

    private static bool TryReadNode(ref BusReader reader, out NodeIncarnation node)
    {
        if (reader.TryReadText(MaxIdBytes, out var name) && reader.TryReadNumber(long.MaxValue, out var number))
        {
            node = new NodeIncarnation(new NodeId(name), number);
            return true;
        }

        node = default;
        return false;
    }
}
