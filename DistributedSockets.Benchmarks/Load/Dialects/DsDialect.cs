// Our ds.v1.json with an id for each message: stored, acknowledged to the sender, acknowledged by the device, and a receipt.
using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Dialects;

internal sealed class DsDialect : Dialect
{
    // As often as the protocol asks of a client: every 50 messages or every second.
    private const int AcknowledgeEvery = 50;
    private static readonly long AcknowledgeWithin = (long)(0.75 * Stopwatch.Frequency);

    public override string Subprotocol => "ds.v1.json";

    public override bool IsGreeted => true;

    public override bool IsReliable => true;

    public override string Path(string user, string? room) => $"/ws?user_id={user}";

    public override string Hello(Link link) => """{"type":"hello","device":"bench"}""";

    public override bool Greet(Link link, ReadOnlySpan<byte> payload, LinkSet links) => payload.IndexOf("\"type\":\"welcome\""u8) >= 0
        ? true
        : throw new LoadException($"'{link.User}' was not welcomed: {Encoding.UTF8.GetString(payload)}");

    public override string Message(string from, string to) =>
        $$"""{"type":"msg","to":"{{to}}","id":"{{from}}-{{Template.Number}}","body":"{{Template.Body}}"}""";

    public override string Probe(string user) => $$"""{"type":"msg","to":"{{user}}","body":"{{Template.Body}}"}""";

    // {"type":"msg","from":"a","to":"b","body":"@@…","mid":"…","ts":1,"seq":7,"id":"a-#…"}     one object a line
    // {"type":"ack","id":"a-#…","mid":"…","seq":7,"ts":1,"state":"stored"}
    // {"type":"joined","room":"ds.all",…}     behind the welcome, or in the frame after it
    // {"type":"receipt","mid":["…","…"],"peer":"b","state":"delivered","device":"bench","ts":1,"seq":3,"id":"…"}
    public override void Read(Link link, ReadOnlySpan<byte> payload, ILinkListener listener, LinkSet links)
    {
        while (!payload.IsEmpty)
        {
            var end = payload.IndexOf((byte)'\n');
            var line = end < 0 ? payload : payload[..end];
            payload = end < 0 ? default : payload[(end + 1)..];
            ReadLine(link, line, listener, links);
        }
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

    private static void Acknowledge(Link link, LinkSet links)
    {
        link.Owed = 0;
        links.Send(link, Frames.Masked($$"""{"type":"ack","seq":{{link.Seen}}}"""));
    }

    private static void ReadLine(Link link, ReadOnlySpan<byte> line, ILinkListener listener, LinkSet links)
    {
        if (line.StartsWith("{\"type\":\"msg\""u8))
        {
            var at = line.IndexOf(Mark.Head);
            SeenAt(link, line[(at + Mark.Length)..], links);
            listener.Arrived(link, Mark.Read(line[at..]));
        }
        else if (line.StartsWith("{\"type\":\"ack\""u8) && line.IndexOf("\"dup\":true"u8) < 0)
        {
            listener.Acknowledged(link);
        }
        else if (line.StartsWith("{\"type\":\"receipt\""u8) && line.IndexOf("\"state\":\"delivered\""u8) >= 0)
        {
            var list = line[(line.IndexOf((byte)'[') + 1)..];
            SeenAt(link, list, links);
            listener.Receipted(link, list[..list.IndexOf((byte)']')].Count((byte)',') + 1);
        }
        else if (!line.StartsWith("{\"type\":\"joined\",\"room\":\"ds.all\""u8))
        {
            throw new LoadException($"'{link.User}' was sent what was not expected: {Encoding.UTF8.GetString(line)}");
        }
    }

    private static void SeenAt(Link link, ReadOnlySpan<byte> fields, LinkSet links)
    {
        var at = fields.LastIndexOf("\"seq\":"u8);
        if (at < 0 || !Utf8Parser.TryParse(fields[(at + 6)..], out long seq, out _))
        {
            throw new LoadException($"A message to '{link.User}' has no seq: it was not stored.");
        }

        link.Seen = seq;
        if (link.Owed++ == 0)
        {
            link.OwedSince = links.Now;
        }
    }
}
