// What exporters send is read, and nothing that anybody sends does harm.
using DistributedSockets.Web.Traces;
using static DistributedSockets.Tests.Web.TraceExport;

namespace DistributedSockets.Tests.Web;

public sealed class TraceReaderTests
{
    [Fact]
    public void A_span_is_read_with_all_that_is_shown_of_it()
    {
        var span = Span("route", trace: 0xabc, id: 2, parent: 1, nanoseconds: 1_500_000)
            .Attribute(9, "ds.user", "älice")
            .Attribute(9, "count", new TraceExport().Number(3, ulong.MaxValue))
            .Attribute(9, "flag", new TraceExport().Number(2, 1))
            .Attribute(9, "list", new TraceExport().Message(5, new TraceExport().Message(1, new TraceExport().Text(1, "a")).Message(1, new TraceExport().Number(3, 2))))
            .Message(11, new TraceExport().Fixed(1, 1_764_000_000_000_100_000).Text(2, "exception").Attribute(3, "exception.type", "IOException"))
            .Message(13, new TraceExport().Bytes(1, TraceBytes(9)).Bytes(2, SpanBytes(4)))
            .Message(15, new TraceExport().Text(2, "gone").Number(3, 2));

        var read = Assert.Single(OtlpReader.Read(Of("node-1", span)));

        Assert.Equal(("00000000000000000000000000000abc", 2UL, 1UL, "node-1", "route", SpanKind.Server), (TraceId.Format(read.Trace), read.Id, read.Parent, read.Node, read.Name, read.Kind));
        Assert.Equal((DateTime.UnixEpoch.AddSeconds(1_764_000_000), TimeSpan.FromMilliseconds(1.5), "gone"), (read.Start, read.Duration, read.Error));
        Assert.Equal([new("ds.user", "älice"), new("count", "-1"), new("flag", "true"), new("list", "[a, 2]")], read.Attributes);
        var happening = Assert.Single(read.Events);
        Assert.Equal(("exception", TimeSpan.FromMicroseconds(100), "IOException"), (happening.Name, happening.At - read.Start, happening.Attributes.Single().Value));
        Assert.Equal([(UInt128)9], read.Links);
    }

    [Fact]
    public void Fields_that_nobody_knows_are_passed_over() =>
        Assert.Equal("route", Assert.Single(OtlpReader.Read(Of("n", Span("route").Number(100, 5).Fixed(101, 5).Text(102, "new").Fixed(16, 1)))).Name);

    [Fact]
    public void A_status_that_is_no_error_is_none() =>
        Assert.Null(Assert.Single(OtlpReader.Read(Of("n", Span("route").Message(15, new TraceExport().Number(3, 1))))).Error);

    [Fact]
    public void A_request_that_is_cut_anywhere_is_refused_or_has_nothing_at_all()
    {
        var whole = Of("node-1", Span("route").Attribute(9, "ds.user", "alice"));
        for (var length = 1; length < whole.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => OtlpReader.Read(whole.AsSpan(0, length)));
        }

        Assert.Empty(OtlpReader.Read([]));
    }

    [Fact]
    public void Bytes_of_any_kind_are_read_or_refused()
    {
        var random = new Random(11);
        var whole = Of("node-1", Span("route").Attribute(9, "ds.user", "alice").Message(11, new TraceExport().Text(2, "e")).Message(13, new TraceExport().Bytes(1, TraceBytes(9))));
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = whole.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (Record.Exception(() => OtlpReader.Read(bytes)) is { } exception)
            {
                Assert.IsType<InvalidDataException>(exception);
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 })]
    [InlineData(new byte[] { 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x00, 0x01 })]
    [InlineData(new byte[] { 0x0b })]
    [InlineData(new byte[] { 0x08, 0x01 })]
    public void Lengths_field_numbers_and_types_that_cannot_be_are_refused(byte[] request) => Assert.Throws<InvalidDataException>(() => OtlpReader.Read(request));

    [Fact]
    public void A_span_without_ids_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => OtlpReader.Read(Of("n", new TraceExport().Text(5, "route"))));
        Assert.Throws<InvalidDataException>(() => OtlpReader.Read(Of("n", Span("route", trace: 0))));
        Assert.Throws<InvalidDataException>(() => OtlpReader.Read(Of("n", new TraceExport().Bytes(1, new byte[15]))));
    }

    [Fact]
    public void What_is_too_long_too_many_or_too_deep_is_cut()
    {
        var span = Span(new string('n', 5000));
        var deep = new TraceExport().Text(1, "bottom");
        for (var depth = 0; depth < 2000; depth++)
        {
            deep = new TraceExport().Message(5, new TraceExport().Message(1, deep));
        }

        span.Attribute(9, "deep", deep);
        for (var number = 0; number < OtlpReader.MaxEntries + 9; number++)
        {
            span.Attribute(9, "key", new string('v', 5000)).Message(13, new TraceExport().Bytes(1, TraceBytes(9)));
        }

        var read = Assert.Single(OtlpReader.Read(Of("n", span)));

        Assert.Equal((OtlpReader.MaxEntries, OtlpReader.MaxEntries, 10 + 9), (read.Attributes.Count, read.Links.Count, read.Omitted));
        Assert.Equal("[[[[…]]]]", read.Attributes[0].Value);
        Assert.All(read.Attributes, attribute => Assert.InRange(attribute.Value.Length, 0, OtlpAttributes.MaxText + 1));
        Assert.Equal(OtlpAttributes.MaxText + 1, read.Name.Length);
    }

    [Fact]
    public void An_end_before_the_beginning_is_no_duration() =>
        Assert.Equal(TimeSpan.Zero, Assert.Single(OtlpReader.Read(Of("n", Span("route", start: 5000, nanoseconds: unchecked(0UL - 4000))))).Duration);
}
