// Our ds.v1.json in a room: live only, or with an id for each message, stored and acknowledged.
using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Dialects;

internal sealed class DsRoomDialect(bool isStored) : Dialect
{
    // As often as the protocol asks of a client: every 50 messages or every second.
    private const int AcknowledgeEvery = 50;
    private static readonly long AcknowledgeWithin = (long)(0.75 * Stopwatch.Frequency);

    public override string Subprotocol => "ds.v1.json";

    public override bool IsGreeted => true;

    public override bool HasRooms => true;

    /// <summary>Only members write to a room.</summary>
    public override bool SenderJoins => true;

    public override string Path(string user, string? room) => $"/ws?user_id={user}";

    public override string Hello(Link link) => $$"""{"type":"hello","device":"bench"}{"type":"join","room":"{{link.Room}}","id":"j"}""";

    // {"type":"welcome",…}     {"type":"joined","room":"ds.all",…}     {"type":"joined","room":"r",…,"id":"j"}
    public override bool Greet(Link link, ReadOnlySpan<byte> payload, LinkSet links) => payload.IndexOf("\"type\":\"error\""u8) < 0
        ? payload.IndexOf("\"id\":\"j\""u8) >= 0
        : throw new LoadException($"'{link.User}' is not in the room: {Encoding.UTF8.GetString(payload)}");

    public override string Message(string from, string to) => $$"""{"type":"msg","to":"{{to}}","body":"{{Template.Body}}"}""";

    public override string RoomMessage(string room) => isStored
        ? $$"""{"type":"msg","room":"{{room}}","id":"{{Template.Number}}","body":"{{Template.Body}}"}"""
        : $$"""{"type":"msg","room":"{{room}}","body":"{{Template.Body}}"}""";

    // {"type":"msg","from":"a","room":"r","body":"@@…","mid":"…","ts":1,"rseq":7,"id":"#…"}     one object a line
    public override void Read(Link link, ReadOnlySpan<byte> payload, ILinkListener listener, LinkSet links)
    {
        if (isStored && payload.LastIndexOf("\"rseq\":"u8) is var at and >= 0 && Utf8Parser.TryParse(payload[(at + 7)..], out long rseq, out _))
        {
            link.Seen = rseq;
            link.OwedSince = link.Owed == 0 ? links.Now : link.OwedSince;
            link.Owed += payload.Count((byte)'\n') + 1;
        }

        base.Read(link, payload, listener, links);
    }

    public override void AfterRead(Link link, LinkSet links)
    {
        if (link.Owed >= AcknowledgeEvery)
        {
            Acknowledge(link, links);
        }
    }

    public override void Tick(Link link, LinkSet links)
    {
        if (link.Owed > 0 && links.Now - link.OwedSince > AcknowledgeWithin)
        {
            Acknowledge(link, links);
        }
    }

    protected override void ReadOther(Link link, ReadOnlySpan<byte> payload, LinkSet links)
    {
        if (!isStored || !payload.StartsWith("{\"type\":\"ack\""u8))
        {
            base.ReadOther(link, payload, links);
        }
    }

    private static void Acknowledge(Link link, LinkSet links)
    {
        link.Owed = 0;
        links.Send(link, Frames.Masked($$"""{"type":"ack","room":"{{link.Room}}","rseq":{{link.Seen}}}"""));
    }
}
