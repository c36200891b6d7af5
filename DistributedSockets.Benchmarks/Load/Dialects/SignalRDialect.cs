// SignalR's JSON hub protocol over a WebSocket, without the negotiation that a browser makes first.
using System.Diagnostics;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Dialects;

internal sealed class SignalRDialect : Dialect
{
    private const char End = '\u001e';
    private static readonly byte[] Heartbeat = Frames.Masked("{\"type\":6}" + End);
    private static readonly long HeartbeatPeriod = 15 * Stopwatch.Frequency;

    public override bool IsGreeted => true;

    public override bool HasRooms => true;

    public override string Path(string user, string? room) => $"/hub?user_id={user}" + (room is null ? "" : $"&room={room}");

    public override string Hello(Link link) => """{"protocol":"json","version":1}""" + End;

    public override bool Greet(Link link, ReadOnlySpan<byte> payload, LinkSet links)
    {
        link.OwedSince = links.Now;
        return payload.StartsWith("{}"u8) ? true : throw new LoadException($"SignalR refused the handshake of '{link.User}'.");
    }

    public override string Message(string from, string to) => $$"""{"type":1,"target":"Send","arguments":["{{to}}","{{Template.Body}}"]}""" + End;

    public override string RoomMessage(string room) => $$"""{"type":1,"target":"SendRoom","arguments":["{{room}}","{{Template.Body}}"]}""" + End;

    // The hub drops a client that it has not heard of for 30 s.
    public override void Tick(Link link, LinkSet links)
    {
        if (links.Now - link.OwedSince > HeartbeatPeriod)
        {
            link.OwedSince = links.Now;
            links.Send(link, Heartbeat);
        }
    }

    protected override void ReadOther(Link link, ReadOnlySpan<byte> payload, LinkSet links)
    {
        if (!payload.StartsWith("{\"type\":6}"u8))
        {
            base.ReadOther(link, payload, links);
        }
    }
}
