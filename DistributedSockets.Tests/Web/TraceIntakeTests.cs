// POST /v1/traces, as exporters of this machine use it and as others try to.
using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using DistributedSockets.Web.Traces;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SpanKind = DistributedSockets.Web.Traces.SpanKind;
using static DistributedSockets.Tests.Web.TraceExport;

namespace DistributedSockets.Tests.Web;

public sealed class TraceIntakeTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private readonly WebApplication _app;

    public TraceIntakeTests()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new TraceRing(TraceLimits.Default)).AddSingleton<TraceIntake>();
        _app = builder.Build();
        TraceIntake.Map(_app);
    }

    private TraceRing Ring => _app.Services.GetRequiredService<TraceRing>();

    private TraceIntake Intake => _app.Services.GetRequiredService<TraceIntake>();

    private Uri Address => new(new Uri(_app.Urls.First()), "/v1/traces");

    public async ValueTask InitializeAsync() => await _app.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task What_our_exporter_sends_is_kept_as_it_was_recorded()
    {
        using var source = new ActivitySource("traces of a test");
        using (var provider = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).SetSampler(new AlwaysOnSampler())
            .ConfigureResource(resource => resource.AddService("node-7"))
            .AddOtlpExporter(exporter => (exporter.Endpoint, exporter.Protocol) = (Address, OtlpExportProtocol.HttpProtobuf)).Build())
        {
            using var parent = source.StartActivity("ws receive", ActivityKind.Server)!;
            parent.SetTag("ds.user", "alice").SetTag("messaging.message.body.size", 5);
            using var child = source.StartActivity(ActivityKind.Producer, links: [new ActivityLink(new ActivityContext(ActivityTraceId.CreateFromString("00000000000000000000000000000009"), ActivitySpanId.CreateRandom(), 0))], name: "messages publish")!;
            child.SetStatus(ActivityStatusCode.Error, "refused").AddEvent(new ActivityEvent("returned"));
        }

        var trace = Assert.Single(Ring.ReadAll());
        Assert.Equal(["ws receive", "messages publish"], trace.Spans.Select(span => span.Name));
        Assert.Equal(["node-7"], trace.Nodes);
        Assert.Equal([new("ds.user", "alice"), new("messaging.message.body.size", "5")], trace.Root.Attributes);
        var publish = trace.Spans[1];
        Assert.Equal((trace.Root.Id, SpanKind.Producer, "refused", "returned"), (publish.Parent, publish.Kind, publish.Error, publish.Events.Single().Name));
        Assert.Equal([(UInt128)9], publish.Links);
    }

    [Fact]
    public async Task A_packed_export_is_unpacked()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Of("node-1", Span("route")));
        }

        Assert.Equal(HttpStatusCode.OK, await SendAsync(packed.ToArray(), content => content.Headers.ContentEncoding.Add("gzip")));
        Assert.Single(Ring.ReadAll());
    }

    [Fact]
    public async Task A_flood_of_full_exports_is_taken_and_only_the_latest_is_kept()
    {
        // As three nodes at full load would: spans of many traces in each.
        const int Exports = 60;
        await Parallel.ForEachAsync(Enumerable.Range(1, Exports), new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (number, _) =>
        {
            var spans = Enumerable.Range(1, 512).Select(id => Span("ws deliver", trace: (ulong)((number * 512) + id), id: (ulong)id).Attribute(9, "ds.user", "alice").Attribute(9, "ds.node", "server-1"));
            Assert.Equal(HttpStatusCode.OK, await SendAsync(Of("node-1", [.. spans])));
        });

        Assert.Equal(TraceLimits.Default.Traces, Ring.ReadAll().Count);
        Assert.InRange(Ring.Bytes, 1, TraceLimits.Default.Bytes);
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused_and_counted()
    {
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync([1, 2, 3]));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync([1, 2, 3], content => content.Headers.ContentEncoding.Add("gzip")));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(Of("node-1", Span("route"))));

        Assert.Equal(2, Intake.Refused);
        Assert.Single(Ring.ReadAll());
    }

    [Fact]
    public async Task What_is_too_large_is_refused_packed_or_not()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(new byte[20 << 20]);
        }

        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(packed.ToArray(), content => content.Headers.ContentEncoding.Add("gzip")));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await SendAsync(new byte[5 << 20]));
        Assert.Empty(Ring.ReadAll());
    }

    [Theory]
    [InlineData("Origin", "http://127.0.0.1")]
    [InlineData("X-Forwarded-For", "10.0.0.7")]
    [InlineData("Forwarded", "for=10.0.0.7")]
    public async Task Pages_and_forwarded_requests_are_refused(string header, string value)
    {
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(Of("node-1", Span("route")), content => content.Headers.TryAddWithoutValidation(header, value)));
        Assert.Empty(Ring.ReadAll());
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData("application/json", null)]
    [InlineData("application/x-protobuf", "br")]
    public async Task Other_types_and_encodings_are_refused(string type, string? encoding) => Assert.Equal(HttpStatusCode.UnsupportedMediaType, await SendAsync(Of("node-1", Span("route")), content =>
    {
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }
    }));

    private async Task<HttpStatusCode> SendAsync(byte[] body, Action<ByteArrayContent>? change = null)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf") } };
        change?.Invoke(content);
        using var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = content };

        // Asked first, so that a body that is refused by its length alone is not cut off while it is sent.
        request.Headers.ExpectContinue = true;
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
