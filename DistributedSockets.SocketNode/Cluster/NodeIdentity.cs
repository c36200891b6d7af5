// Which node this is: its name, from SERVER_ID or the host, and what it tells the cluster about itself.
using System.Reflection;
using System.Text.RegularExpressions;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>Which node this is.</summary>
internal sealed partial class NodeIdentity(IConfiguration configuration, IOptions<SocketNodeOptions> options, IServer server, TimeProvider time)
{
    public const string Setting = "SERVER_ID";

    private readonly long _startedAt = time.GetUtcNow().ToUnixTimeMilliseconds();

    public NodeId Node { get; } = ReadNode(configuration);

    public static string Version { get; } =
        typeof(NodeIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>What this node tells the others. Its address is known once the server listens.</summary>
    public NodeInfo Info => new(Node, Url, Environment.MachineName, Environment.ProcessId, Version, _startedAt);

    private string Url => !string.IsNullOrEmpty(options.Value.PublicUrl)
        ? options.Value.PublicUrl.TrimEnd('/')
        : server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "";

    /// <summary>
    /// An explicit name that is invalid is refused: it becomes part of a routing key, where <c>#</c> would read everyone's traffic. The host's name is
    /// only a fallback, so it is made to fit.
    /// </summary>
    private static NodeId ReadNode(IConfiguration configuration)
    {
        var given = configuration[Setting];
        if (string.IsNullOrEmpty(given))
        {
            var host = NotInName().Replace(Environment.MachineName.Split('.')[0], "-");
            return new NodeId(host.Length is 0 ? "node" : host[..Math.Min(host.Length, 64)]);
        }

        return Name().IsMatch(given)
            ? new NodeId(given)
            : throw new OptionsValidationException(Setting, typeof(NodeIdentity),
                [$"{Setting} is '{given.ReplaceLineEndings(" ")}'; it must be 1 to 64 of the characters A-Z a-z 0-9 _ - (it becomes part of a routing key)."]);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex Name();

    [GeneratedRegex("[^A-Za-z0-9_-]")]
    private static partial Regex NotInName();
}
