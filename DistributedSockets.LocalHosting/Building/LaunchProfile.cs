// A profile of a project's Properties/launchSettings.json.
using System.Text.Json;
using Aspire.Hosting;

namespace DistributedSockets.LocalHosting;

internal sealed record LaunchProfile(string Name, IReadOnlyList<Uri> ApplicationUrls, IReadOnlyDictionary<string, string> EnvironmentVariables)
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static LaunchProfile? ReadFirst(string projectPath) => ReadAll(projectPath).FirstOrDefault();

    public static LaunchProfile Read(string projectPath, string name) => ReadAll(projectPath).FirstOrDefault(profile => profile.Name == name)
        ?? throw new DistributedApplicationException($"{projectPath} has no launch profile '{name}'.");

    private static List<LaunchProfile> ReadAll(string projectPath)
    {
        var file = Path.Combine(Path.GetDirectoryName(projectPath)!, "Properties", "launchSettings.json");
        if (!File.Exists(file))
        {
            return [];
        }

        using var settings = JsonDocument.Parse(File.ReadAllBytes(file), Lenient);
        return settings.RootElement.TryGetProperty("profiles", out var profiles)
            ? [.. profiles.EnumerateObject().Where(profile => Text(profile.Value, "commandName") == "Project").Select(Parse)]
            : [];
    }

    private static LaunchProfile Parse(JsonProperty profile)
    {
        var urls = Text(profile.Value, "applicationUrl")?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        var variables = profile.Value.TryGetProperty("environmentVariables", out var found)
            ? found.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString() ?? "")
            : [];
        return new LaunchProfile(profile.Name, [.. urls.Select(url => new Uri(url))], variables);
    }

    private static string? Text(JsonElement profile, string property) => profile.TryGetProperty(property, out var value) ? value.GetString() : null;
}
