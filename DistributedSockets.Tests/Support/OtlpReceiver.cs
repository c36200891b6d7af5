// A collector of traces, as small as a test needs it.
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Support;

/// <summary>A span as it was exported; ids are in hex, <paramref name="Parent"/> is empty for a root.</summary>
internal sealed record ReceivedSpan(string Service, string Trace, string Id, string Parent, string Name);

/// <summary>Takes what processes export over OTLP/HTTP. Logs and metrics are taken and forgotten.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    public OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/v1/traces", TakeAsync);
        _app.MapPost("/v1/{other}", () => Results.Ok());
    }

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = new();

    /// <summary>Returns the address to export to.</summary>
    public async Task<Uri> StartAsync()
    {
        await _app.StartAsync(TestContext.Current.CancellationToken);
        return new Uri(_app.Urls.First());
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        foreach (var span in OtlpSpans.Read(body.ToArray()))
        {
            Spans.Enqueue(span);
        }

        return Results.Ok();
    }
}
