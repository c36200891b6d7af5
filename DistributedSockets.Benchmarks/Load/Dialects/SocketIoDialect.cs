// Socket.IO 4 over Engine.IO's WebSocket transport, without the polling that it begins with by default.
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Dialects;

internal sealed class SocketIoDialect : Dialect
{
    private static readonly byte[] Pong = Frames.Masked("3");

    public override bool IsGreeted => true;

    public override bool HasRooms => true;

    public override string Path(string user, string? room) =>
        $"/socket.io/?EIO=4&transport=websocket&user_id={user}" + (room is null ? "" : $"&room={room}");

    // 0{"sid":"…","pingInterval":25000,…}   the server opens;   40   we join the default namespace;   40{"sid":"…"}   we are in.
    public override bool Greet(Link link, ReadOnlySpan<byte> payload, LinkSet links)
    {
        if (payload.StartsWith("0{"u8))
        {
            links.Send(link, Frames.Masked("40"));
            return false;
        }

        return payload.StartsWith("40{"u8) ? true : throw new LoadException($"Socket.IO refused '{link.User}'.");
    }

    public override string Message(string from, string to) => $$"""42["send","{{to}}","{{Template.Body}}"]""";

    public override string RoomMessage(string room) => $$"""42["room","{{room}}","{{Template.Body}}"]""";

    protected override void ReadOther(Link link, ReadOnlySpan<byte> payload, LinkSet links)
    {
        if (payload.SequenceEqual("2"u8))
        {
            links.Send(link, Pong);
            return;
        }

        base.ReadOther(link, payload, links);
    }
}
