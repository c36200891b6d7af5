// What the fuzzer starts from: valid input of every kind, all commands and all their fields among it.
using System.Diagnostics;
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Security.Fuzz;

/// <summary>Valid input of every kind.</summary>
internal static class FuzzCorpus
{
    private static readonly NodeIncarnation Node = new(new NodeId("server-1"), 1_764_000_000_000);

    /// <summary>Every command of ds.v1, every field in at least one of them, with escapes and characters beyond ASCII.</summary>
    public static readonly IReadOnlyList<string> Commands =
    [
        """{"type":"hello","device":"phöne","resume":"r\u00e9","ack":7,"mid":"m","epoch":"e","token":"t","client":{"name":"web","version":"\ud83d\ude00"}}""",
        """{"type":"msg","to":"b\u006fb é","body":{"a":[1e9,"\\x",null]},"id":"\ud83d\ude00","ttl":60,"ct":"text/plain","trace":true}""",
        """{"to":"carol","body":"\ud83d\ude00"}""",
        """{"type":"msg","room":"team","body":[],"id":"m-1"}""",
        """{"seq":9007199254740991,"type":"ack"}""",
        """{"room":"r\u00e9","type":"ack","rseq":7}""",
        """{"type":"read","from":"bob","upto":7}""",
        """{"type":"read","room":"r","upto":7}""",
        """{"on":true,"type":"typing","to":"😀"}""",
        """{"on":false,"type":"typing","room":"r"}""",
        """{"type":"ping","t":{"a":[1,2]}}""",
        """{"type":"auth","token":"t","id":"a"}""",
        """{"type":"bye"}""",
        """{"type":"join","room":"r","since":{"rseq":7,"epoch":"e"},"id":"j"}""",
        """{"type":"leave","room":"r","id":"l"}""",
        """{"type":"members","room":"r","after":"b\u006fb","limit":7,"id":"j"}""",
        """{"type":"history","room":"r","before":7,"id":"h"}""",
        """{"type":"history","peer":"bob","after":7,"limit":100}""",
        """{"type":"delete","to":"bob","mid":"m","id":"e"}""",
        """{"type":"edit","room":"r","mid":"m","body":1,"id":"e","ct":"t"}""",
        """{"type":"presence","op":"get","users":["bob","b\u006fb","😀"],"id":"p"}""",
        """{"type":"presence","op":"sub","room":"team"}""",
        """{"type":"presence","op":"unsub"}""",
        """{"type":"presence","op":"set","status":{"text":"lunch"},"id":"p"}""",
    ];

    public static readonly IReadOnlyList<string> PlainMessages =
    [
        """{"to":"bob","body":"hi"}""", """{"body":{"a":[1,"\\\"",{}],"b":null},"to":"b\u006fb \ud83d\ude00"}""", """ {"to":"bob","x":[[[]]],"body":-1.5e3} """, """{"to":"x","to":"y","body":1,"body":2}""",
    ];

    /// <summary>Sequences of a client's WebSocket frames.</summary>
    public static readonly IReadOnlyList<byte[]> Sockets =
    [
        [.. ClientFrame.Text("hello"), .. ClientFrame.Of(Opcode.Ping, [1, 2]), .. ClientFrame.Close(1000, "bye")],
        [.. ClientFrame.Text("hé", isFinal: false), .. ClientFrame.Of(Opcode.Pong, []), .. ClientFrame.Rest("€😀")],
        [.. ClientFrame.Of(Opcode.Binary, new byte[130]), .. ClientFrame.Text(new string('x', 600))],
        [.. ClientFrame.Text(""), .. ClientFrame.Rest("stray"), .. ClientFrame.Unmasked("x")],
        ClientFrame.Head(Opcode.Text, long.MaxValue),
        ClientFrame.Of(Opcode.Close, [3]),
    ];

    /// <summary>What nodes send to each other, bytes of one broker message each.</summary>
    public static readonly IReadOnlyList<byte[]> BusMessages =
    [
        .. new Envelope[][] { [Envelopes.Saying("hi")], [Envelopes.Saying("there") with { Seq = 5, Epoch = "e", ClientId = "ид", ContentType = "text/plain", TtlSeconds = 60 }, Traced], [Edited, Copied] }
            .Select(batch => EnvelopeBatch.Encode(batch).ToArray()),
        .. new Notice[]
        {
            new Notice.Opened(Node, new UserId("a{b}:\u202e")), new Notice.Closed(Node, new UserId("bob")), new Notice.Superseded(Node, new UserId("bob"), new ConnectionId("c")),
            new Notice.Reaped(Node, Node), new Notice.Probe(Node, 7), new Notice.Typing(Node, new UserId("a"), new UserId("b"), On: true), new Notice.Membership(Node, new UserId("a")),
            new Notice.RoomRead(Node, new UserId("a"), new RoomId("r"), 7), new Notice.RoomTyping(Node, new UserId("a"), new RoomId("r"), On: false), new Notice.RoomChanged(Node, new RoomId("r")),
            new Notice.Hop(Node, new UserId("a"), new ConnectionId("c"), new MessageId("m"), 1, "stored", 2),
            new Notice.Disconnect(Node, new UserId("a"), [new ConnectionId("c"), new ConnectionId("d")], 4003, "why"),
            new Notice.PresenceChanged(Node, [new PresenceState(new UserId("a"), 7, true, 8, "{}"u8.ToArray())]),
        }.Select(notice => NoticeCodec.Encode(notice).ToArray()),
        RoomBatchCodec.Encode(new RoomBatch(
            new RoomId("r"), Node, new LogEnd(8, "e"),
            [new LogEntry(8, LogEntryKind.Message, new MessageId("m"), new UserId("a"), new DeviceId("d"), "id", "\"hi\""u8.ToArray(), 1_764_000_000_000)])).ToArray(),
    ];

    private static Envelope Traced => Envelopes.Saying("traced") with
    {
        Kind = EnvelopeKind.Receipt,
        IsOneOfSeveral = true,
        Trace = new ActivityContext(ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c"), ActivitySpanId.CreateFromString("b7ad6b7169203331"), ActivityTraceFlags.Recorded),
        HopListener = new HopListener(Node, new UserId("алиса"), new ConnectionId("c")),
    };

    private static Envelope Edited => Envelopes.Saying("new") with { Kind = EnvelopeKind.Edit, Of = new MessageId("m1"), ClientId = "e1", Seq = 7 };

    private static Envelope Copied => Envelopes.Saying("hi") with { Copy = new SentCopy(new UserId("алиса"), 1), SentBy = new DeviceId("phone"), Seq = 8 };

    /// <summary>One to three of some texts in one frame, with white space between them.</summary>
    public static byte[] Frame(IReadOnlyList<string> texts, Random random) =>
        Encoding.UTF8.GetBytes(string.Join(random.Next(2) == 0 ? "" : "\n", Enumerable.Range(0, random.Next(1, 4)).Select(_ => texts[random.Next(texts.Count)])));
}
