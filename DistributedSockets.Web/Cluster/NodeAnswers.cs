// Reads what a node answers to /health and /info, and what it says of a problem.
using System.Net;
using System.Text.Json;

namespace DistributedSockets.Web.Cluster;

/// <summary>Reads what a node answers. Never throws: the address may be that of something else entirely.</summary>
internal static class NodeAnswers
{
    /// <summary>Reads <c>{"status":"degraded","checks":{"bus":{"status":"degraded","description":"the broker is away"}}}</c>.</summary>
    public static (NodeHealth Health, string? Detail) ReadHealth(HttpStatusCode status, ReadOnlySpan<byte> body)
    {
        if (!TryParse(body, out var report))
        {
            return status == HttpStatusCode.OK ? (NodeHealth.Healthy, null) : (NodeHealth.Unhealthy, $"It answers {(int)status} to /health.");
        }

        var health = status != HttpStatusCode.OK ? NodeHealth.Unhealthy
            : IsHealthy(report) ? NodeHealth.Healthy
            : NodeHealth.Degraded;
        var complaints = report.TryGetProperty("checks", out var checks) && checks.ValueKind == JsonValueKind.Object
            ? checks.EnumerateObject().Where(check => !IsHealthy(check.Value)).Select(Complaint)
            : [];
        var detail = string.Join("; ", complaints);
        return (health, health == NodeHealth.Healthy ? null : detail.Length > 0 ? detail : $"It answers {(int)status} to /health.");
    }

    /// <summary>Reads <c>{"node":"server-1","incarnation":1764000000000,"connections":2,"users":2,"mode":"cluster","version":"0.1.0"}</c>.</summary>
    public static NodeInfo? ReadInfo(ReadOnlySpan<byte> body) => TryParse(body, out var info)
        ? new NodeInfo(
            Text(info, "node") ?? "",
            Text(info, "incarnation") ?? "",
            Number(info, "connections"),
            Number(info, "users"),
            Text(info, "mode") == "standalone",
            Text(info, "version"))
        { Process = Number(info, "pid") is { } pid && Number(info, "startedAt") is { } startedAt ? new NodeProcess((int)pid, startedAt) : null }
        : null;

    /// <summary>Reads the <c>detail</c> of a problem; null when the body is something else.</summary>
    public static string? ReadDetail(ReadOnlySpan<byte> body) => TryParse(body, out var problem) ? Text(problem, "detail") : null;

    private static string Complaint(JsonProperty check) => $"{check.Name}: {Text(check.Value, "description") ?? Text(check.Value, "status")}";

    private static bool IsHealthy(JsonElement report) => string.Equals(Text(report, "status"), "healthy", StringComparison.OrdinalIgnoreCase);

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? value.ToString()
            : null;

    private static long? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    private static bool TryParse(ReadOnlySpan<byte> body, out JsonElement element)
    {
        element = default;
        try
        {
            element = JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            return false;
        }

        return element.ValueKind == JsonValueKind.Object;
    }
}
