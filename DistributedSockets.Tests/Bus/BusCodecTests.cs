// The bytes of envelopes and notices, and bytes that are neither.
using System.Buffers;
using System.Diagnostics;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Bus;

public sealed class BusCodecTests
{
    private static readonly NodeIncarnation Node = new(new NodeId("server-1"), 1_764_000_000_000);

    private static readonly Envelope Full = Envelopes.Saying("hi") with
    {
        Kind = EnvelopeKind.Receipt,
        IsOneOfSeveral = true,
        Epoch = "e1",
        ClientId = "ид-1",
        ContentType = "text/plain",
        TtlSeconds = 2_592_000,
        HopListener = new HopListener(Node, new UserId("алиса"), ConnectionId.New()),
    };

    private static readonly Envelope Edit = Envelopes.Saying("new") with { Kind = EnvelopeKind.Edit, Of = new MessageId("m1"), ClientId = "e1", Seq = 7 };

    private static readonly Envelope Copy = Envelopes.Saying("hi") with { Copy = new SentCopy(new UserId("алиса"), 1_764_000_000_000), SentBy = new DeviceId("phone"), Seq = 8 };

    [Fact]
    public void Every_field_of_an_envelope_survives()
    {
        var trace = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        Envelope[] sent = [Envelopes.Saying("hi", "алиса", "bob") with { Hops = 3, Seq = long.MaxValue, Trace = trace }, Envelopes.Saying("") with { Body = default }, Full, Edit, Copy];

        Assert.True(EnvelopeBatch.TryOpen(EnvelopeBatch.Encode(sent), out var batch, out _));

        var read = Envelopes.In(batch);
        Assert.Equal(sent.Select(Comparable), read.Select(Comparable));
        Assert.True(read[0].Trace.IsRemote);
    }

    [Fact]
    public void Disconnect_names_its_connections()
    {
        var sent = new Notice.Disconnect(Node, new UserId("a{b}:\u202e"), [new ConnectionId("c-1"), new ConnectionId("c-2")], 4299, "уходи");

        Assert.True(NoticeCodec.TryDecode(NoticeCodec.Encode(sent).Span, out var notice));

        var read = Assert.IsType<Notice.Disconnect>(notice);
        Assert.Equal((sent.From, sent.User, sent.Code, sent.Reason), (read.From, read.User, read.Code, read.Reason));
        Assert.Equal(sent.Connections, read.Connections);
        Assert.False(NoticeCodec.TryDecode(NoticeCodec.Encode(sent with { Code = 4300 }).Span, out _));
    }

    [Fact]
    public void Every_truncation_is_refused_without_an_exception()
    {
        var hi = Envelopes.Saying("hi");
        var first = EnvelopeBatch.Encode([hi]).Length;
        var bytes = EnvelopeBatch.Encode([hi, Full with { Kind = EnvelopeKind.Delete, Of = Edit.Of, Copy = Copy.Copy, SentBy = Copy.SentBy }]);
        var notice = NoticeCodec.Encode(new Notice.Superseded(Node, new UserId("alice"), ConnectionId.New()));

        for (var length = 0; length < bytes.Length; length++)
        {
            // Where an envelope ends, the message may.
            Assert.Equal(length == first, EnvelopeBatch.TryOpen(bytes[..length], out _, out var problem));
            Assert.Equal(length == first, problem is null);
        }

        for (var length = 0; length < notice.Length; length++)
        {
            Assert.False(NoticeCodec.TryDecode(notice.Span[..length], out _));
        }
    }

    [Fact]
    public void Bytes_behind_the_end_are_refused()
    {
        Assert.False(EnvelopeBatch.TryOpen((byte[])[.. EnvelopeBatch.Encode([Envelopes.Saying("hi")]).Span, 0], out _, out _));
        Assert.False(NoticeCodec.TryDecode([.. NoticeCodec.Encode(new Notice.Probe(Node, 1)).Span, 0], out _));
    }

    [Fact]
    public void A_message_without_envelopes_or_of_another_version_is_refused()
    {
        Assert.False(EnvelopeBatch.TryOpen((byte[])[EnvelopeCodec.Version], out _, out var empty));
        Assert.Equal("bad envelope", empty);
        Assert.False(EnvelopeBatch.TryOpen((byte[])[EnvelopeCodec.Version + 1, .. EnvelopeBatch.Encode([Full]).Span[1..]], out _, out var other));
        Assert.Equal("unknown version", other);
    }

    [Fact]
    public void A_forged_length_allocates_nothing()
    {
        // A body of 2^42 bytes: believed, it would ask for terabytes.
        byte[] forged = [.. EnvelopeBatch.Encode([Envelopes.Saying("") with { Body = default }]).Span[..^1], 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];

        Assert.False(EnvelopeBatch.TryOpen(forged, out _, out var problem));
        Assert.Equal("bad envelope", problem);
    }

    [Fact]
    public void A_fast_message_is_read_as_it_was_written_and_as_the_envelope_that_it_would_be()
    {
        var message = new FastMessage(MessageId.NewUuid(DateTimeOffset.UtcNow), new UserId("алиса"), new UserId("bob"), "\"hi\""u8, 1_764_000_000_000);
        var bytes = new ArrayBufferWriter<byte>();
        EnvelopeCodec.Begin(bytes);
        EnvelopeCodec.Write(bytes, message);

        Assert.True(EnvelopeBatch.TryOpen(bytes.WrittenMemory, out var batch, out _));
        var reader = new EnvelopeReader(batch.Envelopes.Span);
        Assert.True(reader.TryRead());
        Assert.True(reader.IsFast);
        var read = reader.ToFastMessage(new KnownNames());
        Assert.Equal((message.Id, message.From, message.To, message.SentAt), (read.Id, read.From, read.To, read.SentAt));
        Assert.Equal(message.Body, read.Body);
        Assert.Equal(Comparable(message.ToEnvelope()), Comparable(reader.ToEnvelope(new KnownNames())));
        Assert.False(reader.TryRead());
    }

    [Fact]
    public void Garbage_and_flipped_bits_never_throw()
    {
        var random = new Random(20260101);
        var valid = EnvelopeBatch.Encode([Full with { Seq = 5 }, Envelopes.Saying("there")]).ToArray();
        for (var round = 0; round < 100_000; round++)
        {
            var bytes = round % 2 == 0 ? new byte[random.Next(0, 200)] : [.. valid];
            if (round % 2 == 0)
            {
                random.NextBytes(bytes);
                if (bytes.Length > 0)
                {
                    bytes[0] = round / 2 % 2 == 0 ? NoticeCodec.Version : EnvelopeCodec.Version;
                }
            }
            else
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (EnvelopeBatch.TryOpen(bytes, out var batch, out _))
            {
                Assert.NotEmpty(Envelopes.In(batch));
            }

            NoticeCodec.TryDecode(bytes, out _);
        }
    }

    private static object Comparable(Envelope envelope) => (
        (envelope.Id, envelope.From, envelope.To, Convert.ToHexString(envelope.Body.Span), envelope.SentAt, envelope.Hops, envelope.Seq),
        (envelope.Trace.TraceId, envelope.Trace.SpanId, envelope.Trace.TraceFlags),
        (envelope.Kind, envelope.IsOneOfSeveral, envelope.Epoch, envelope.ClientId, envelope.ContentType, envelope.TtlSeconds, (envelope.Of, envelope.Copy, envelope.SentBy)),
        (envelope.HopListener?.Node, envelope.HopListener?.User, envelope.HopListener?.Connection));
}
