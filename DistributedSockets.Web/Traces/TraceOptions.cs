// Where the nodes' traces go: here, or to a collector of somebody's choosing.
namespace DistributedSockets.Web.Traces;

/// <summary>As the configuration says. The AppHost sets it; by hand it is for who starts nodes and this application by hand.</summary>
/// <param name="Collect"><c>Traces:Collect</c>: programs on this machine may bring spans to <c>/v1/traces</c>.</param>
/// <param name="Url"><c>Traces:Url</c>: the page of somebody else's collector.</param>
/// <param name="Collector"><c>OTEL_EXPORTER_OTLP_ENDPOINT</c>: where this application, and so surely the nodes, export to.</param>
public sealed record TraceOptions(bool Collect, Uri? Url, string? Collector)
{
    /// <exception cref="InvalidOperationException">A setting is of another type; the message names it.</exception>
    public static TraceOptions Read(IConfiguration configuration)
    {
        var url = configuration["Traces:Url"];
        if (!string.IsNullOrEmpty(url) && !(Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
        {
            throw new InvalidOperationException($"The setting Traces:Url is '{url}'; it must be the http or https address of a page that shows traces.");
        }

        return new TraceOptions(
            configuration.GetValue("Traces:Collect", false),
            string.IsNullOrEmpty(url) ? null : new Uri(url),
            configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } collector ? collector : null);
    }
}
