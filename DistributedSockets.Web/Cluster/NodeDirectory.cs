// Which nodes there are: the configuration says it, as the AppHost injects it or as somebody wrote it by hand.
namespace DistributedSockets.Web.Cluster;

/// <summary>A node as the configuration names it.</summary>
public sealed record NodeAddress(string Name, Uri Url);

/// <summary>
/// The nodes of the configuration, in natural order (node-2 before node-10):
/// <c>services:node-1:http:0=http://localhost:8081</c> as the AppHost's references inject it, or else, by hand,
/// <c>Nodes:0=http://localhost:8081</c>, which makes node-1.
/// </summary>
internal sealed class NodeDirectory
{
    private static readonly char[] Digits = [.. "0123456789"];

    public NodeDirectory(IConfiguration configuration)
    {
        var referenced = configuration.GetSection("services").GetChildren().Select(service => (Name: service.Key, Setting: service.GetSection("http:0")));
        var listed = configuration.GetSection("Nodes").GetChildren().Select((setting, index) => (Name: $"node-{index + 1}", Setting: setting));
        var nodes = Read(referenced);
        Nodes = nodes.Count > 0 ? nodes : Read(listed);
    }

    public IReadOnlyList<NodeAddress> Nodes { get; }

    public NodeAddress? Find(string? name) => Nodes.FirstOrDefault(node => node.Name == name);

    private static List<NodeAddress> Read(IEnumerable<(string Name, IConfigurationSection Setting)> entries) =>
        [.. entries
            .Where(entry => !string.IsNullOrWhiteSpace(entry.Setting.Value))
            .Select(entry => new NodeAddress(entry.Name, ReadUrl(entry.Setting)))
            .OrderBy(node => node.Name.TrimEnd(Digits), StringComparer.Ordinal)
            .ThenBy(node => Number(node.Name).Length)
            .ThenBy(node => Number(node.Name), StringComparer.Ordinal)];

    private static Uri ReadUrl(IConfigurationSection setting) =>
        Uri.TryCreate(setting.Value, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            ? url
            : throw new InvalidOperationException($"The setting {setting.Path} is '{setting.Value}'; it must be the http or https address of a node, such as http://localhost:8081.");

    /// <summary>The number at the end of a name, without leading zeros: the longer one is the greater.</summary>
    private static string Number(string name) => name[name.TrimEnd(Digits).Length..].TrimStart('0');
}
