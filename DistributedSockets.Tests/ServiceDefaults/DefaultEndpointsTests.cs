// What every process answers to /health and /alive, and what it leaves out of its traces.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace DistributedSockets.Tests.ServiceDefaults;

public sealed class DefaultEndpointsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HealthStatus.Healthy, HttpStatusCode.OK, """{"status":"healthy","checks":{"self":{"status":"healthy"},"bus":{"status":"healthy","description":"as told"}}}""")]
    [InlineData(HealthStatus.Degraded, HttpStatusCode.OK, """{"status":"degraded","checks":{"self":{"status":"healthy"},"bus":{"status":"degraded","description":"as told"}}}""")]
    [InlineData(HealthStatus.Unhealthy, HttpStatusCode.ServiceUnavailable, """{"status":"unhealthy","checks":{"self":{"status":"healthy"},"bus":{"status":"unhealthy","description":"as told"}}}""")]
    public async Task Health_names_each_check_and_alive_needs_none_of_them(HealthStatus bus, HttpStatusCode expected, string body)
    {
        await using var app = await StartAsync(builder => builder.Services.AddHealthChecks().AddCheck("bus", () => new HealthCheckResult(bus, "as told")));
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        using var health = await http.GetAsync("/health", Cancelled);
        Assert.Equal(expected, health.StatusCode);
        Assert.Equal("application/json", health.Content.Headers.ContentType?.MediaType);
        Assert.Equal(body, await health.Content.ReadAsStringAsync(Cancelled));

        using var alive = await http.GetAsync("/alive", Cancelled);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Fact]
    public async Task Sockets_and_polls_leave_no_span_and_ordinary_requests_do() =>
        Assert.Equal(["/wsx", "/api/messages"], await TraceAsync("--OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "--OTEL_TRACES_SAMPLER=always_on"));

    [Fact]
    public async Task Nothing_is_traced_without_a_collector() => Assert.Empty(await TraceAsync());

    [Fact]
    public async Task Outside_Development_most_is_not_traced_unless_that_is_asked_for()
    {
        var traced = await TraceAsync("--OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1");

        // One in a hundred, of two.
        Assert.InRange(traced.Count, 0, 1);
    }

    private static async Task<List<string>> TraceAsync(params string[] settings)
    {
        var spans = new SpanCollector();
        await using var app = await StartAsync(builder => builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(spans)), settings);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        foreach (var path in new[] { "/ws", "/sse", "/health", "/alive", "/info", "/wsx", "/api/messages" })
        {
            (await http.GetAsync(path, Cancelled)).Dispose();
        }

        app.Services.GetRequiredService<TracerProvider>().ForceFlush();
        await app.StopAsync(Cancelled);
        return [.. spans.PathsOf(http.BaseAddress.Port)];
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplicationBuilder> configure, params string[] settings)
    {
        // Production: the endpoints are there in every environment.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production, Args = settings });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        configure(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        await app.StartAsync(Cancelled);
        return app;
    }

    /// <summary>A provider hears the activities of the whole process, other tests' servers included: the port tells them apart.</summary>
    private sealed class SpanCollector : BaseProcessor<Activity>
    {
        private readonly ConcurrentQueue<(int Port, string Path)> _spans = new();

        public IEnumerable<string> PathsOf(int port) => _spans.Where(span => span.Port == port).Select(span => span.Path);

        public override void OnEnd(Activity data)
        {
            if (data.Kind == ActivityKind.Server && data.GetTagItem("server.port") is int port && data.GetTagItem("url.path") is string path)
            {
                _spans.Enqueue((port, path));
            }
        }
    }
}
