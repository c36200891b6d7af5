// Where the repository is: for the nodes' build beside ours, the peers' files and the report.
namespace DistributedSockets.Benchmarks.Running;

internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The node of the same configuration and hosting mode as this program: …/bin/local/Release/net10.0/.</summary>
    public static string NodeAssembly { get; } = Path.Combine(
        Root, "DistributedSockets.SocketNode", Path.GetRelativePath(Path.Combine(Root, "DistributedSockets.Benchmarks"), AppContext.BaseDirectory), "DistributedSockets.SocketNode.dll");

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "DistributedSockets.sln"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The benchmarks run from within the repository."));
}
