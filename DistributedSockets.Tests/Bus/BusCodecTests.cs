// The bytes of envelopes and notices, and bytes that are neither.
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

    [Fact]
    public void Every_field_of_an_envelope_survives()
    {
        var trace = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        Envelope[] sent = [Envelopes.Saying("hi", "алиса", "bob") with { Hops = 3, Seq = long.MaxValue, Trace = trace }, Envelopes.Saying("") with { Body = default }, Full];

        Assert.True(EnvelopeCodec.TryDecode(EnvelopeCodec.Encode(sent).Span, out var read, out _));

        Assert.Equal(sent.Select(Comparable), read.Select(Comparable));
        Assert.True(read[0].Trace.IsRemote);
    }

    [Fact]
    public void Every_truncation_is_refused_without_an_exception()
    {
        var bytes = EnvelopeCodec.Encode([Envelopes.Saying("hi"), Full]);
        var notice = NoticeCodec.Encode(new Notice.Superseded(Node, new UserId("alice"), ConnectionId.New()));

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(EnvelopeCodec.TryDecode(bytes.Span[..length], out _, out var problem));
            Assert.NotNull(problem);
        }

        for (var length = 0; length < notice.Length; length++)
        {
            Assert.False(NoticeCodec.TryDecode(notice.Span[..length], out _));
        }
    }

    [Fact]
    public void Bytes_behind_the_end_are_refused()
    {
        Assert.False(EnvelopeCodec.TryDecode([.. EnvelopeCodec.Encode([Envelopes.Saying("hi")]).Span, 0], out _, out _));
        Assert.False(NoticeCodec.TryDecode([.. NoticeCodec.Encode(new Notice.Probe(Node, 1)).Span, 0], out _));
    }

    [Fact]
    public void A_forged_count_allocates_nothing()
    {
        // version 2, count 2^42: believed, it would ask for terabytes.
        byte[] forged = [2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0];

        Assert.False(EnvelopeCodec.TryDecode(forged, out _, out var problem));
        Assert.Equal("bad count", problem);
    }

    [Fact]
    public void Garbage_and_flipped_bits_never_throw()
    {
        var random = new Random(20260101);
        var valid = EnvelopeCodec.Encode([Full with { Seq = 5 }, Envelopes.Saying("there")]).ToArray();
        for (var round = 0; round < 100_000; round++)
        {
            var bytes = round % 2 == 0 ? new byte[random.Next(0, 200)] : [.. valid];
            if (round % 2 == 0)
            {
                random.NextBytes(bytes);
                if (bytes.Length > 0)
                {
                    bytes[0] = (byte)(1 + (round / 2 % 2));
                }
            }
            else
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            EnvelopeCodec.TryDecode(bytes, out _, out _);
            NoticeCodec.TryDecode(bytes, out _);
        }
    }

    private static object Comparable(Envelope envelope) => (
        (envelope.Id, envelope.From, envelope.To, Convert.ToHexString(envelope.Body.Span), envelope.SentAt, envelope.Hops, envelope.Seq),
        (envelope.Trace.TraceId, envelope.Trace.SpanId, envelope.Trace.TraceFlags),
        (envelope.Kind, envelope.IsOneOfSeveral, envelope.Epoch, envelope.ClientId, envelope.ContentType, envelope.TtlSeconds),
        (envelope.HopListener?.Node, envelope.HopListener?.User, envelope.HopListener?.Connection));
}
