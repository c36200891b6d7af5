// What every process of the cluster has in common: telemetry, health, service discovery, resilient HTTP.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every process of the cluster has in common, as the Aspire template has it, plus our own meter and activity source.</summary>
public static class Extensions
{
    /// <summary>The name of our meter and of our activity source.</summary>
    public const string TelemetryName = "DistributedSockets";

    /// <summary>Traces that are kept of all, outside Development and where <c>OTEL_TRACES_SAMPLER</c> does not say otherwise: a trace of every message would cost more than the message.</summary>
    public const double TracedShare = 0.01;

    private const string HealthPath = "/health";
    private const string AlivePath = "/alive";
    private const string LiveTag = "live";

    // A socket's upgrade request lasts as long as the connection, and the others are polled every few seconds: spans of them bury the rest.
    // Children of an untraced request are untraced too, so what a socket's loop traces has to start with Activity.Current = null.
    private static readonly PathString[] UntracedPaths = [HealthPath, AlivePath, "/info", "/api/cluster", "/ws", "/sse", "/_blazor"];

    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.ConfigureOpenTelemetry();
        builder.AddDefaultHealthChecks();
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        return builder;
    }

    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(TelemetryName));

        // Without a collector the exporter would only retry against localhost:4317, and every message would be traced for nobody.
        var hasCollector = !string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        var tracesAlone = builder.Configuration["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
        if (!hasCollector && string.IsNullOrWhiteSpace(tracesAlone))
        {
            telemetry.WithTracing(tracing => tracing.SetSampler(new AlwaysOffSampler()));
            return builder;
        }

        if (hasCollector)
        {
            telemetry.UseOtlpExporter();
        }

        telemetry.WithTracing(tracing =>
        {
            if (!hasCollector)
            {
                tracing.AddOtlpExporter(exporter =>
                {
                    exporter.Endpoint = new Uri(tracesAlone!);
                    exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                });
            }

            tracing
                .AddSource(builder.Environment.ApplicationName, TelemetryName)
                .AddAspNetCoreInstrumentation(options => options.Filter = context => IsTraced(context.Request.Path))
                .AddHttpClientInstrumentation(options => options.FilterHttpRequestMessage = request => IsTraced(request.RequestUri?.AbsolutePath));
            if (!builder.Environment.IsDevelopment() && builder.Configuration["OTEL_TRACES_SAMPLER"] is null)
            {
                tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(TracedShare)));
            }
        });
        return builder;
    }

    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (every check; degraded is 200, unhealthy 503) and <c>/alive</c> (the process runs) in every environment:
    /// the AppHost and load balancers ask them outside Development too, and sign in nowhere.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(HealthPath, new HealthCheckOptions { ResponseWriter = HealthReportWriter.WriteAsync }).AllowAnonymous();
        app.MapHealthChecks(AlivePath, new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(LiveTag),
            ResponseWriter = HealthReportWriter.WriteAsync,
        }).AllowAnonymous();
        return app;
    }

    private static bool IsTraced(PathString path) => !UntracedPaths.Any(untraced => path.StartsWithSegments(untraced, StringComparison.OrdinalIgnoreCase));
}
