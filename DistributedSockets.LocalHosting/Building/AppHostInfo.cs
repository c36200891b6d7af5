// What the AppHost's build wrote into its assembly: its folder, and the hosting mode with the reason for it.
using System.Reflection;

namespace DistributedSockets.LocalHosting;

internal sealed class AppHostInfo
{
    public AppHostInfo(Assembly? assembly)
    {
        var metadata = assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().ToArray() ?? [];
        string? Find(string key) => Array.Find(metadata, item => string.Equals(item.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;

        Name = assembly?.GetName().Name ?? "AppHost";
        var directory = Find("apphostprojectpath");
        Directory = System.IO.Directory.Exists(directory) ? directory : AppContext.BaseDirectory;
        ModeReason = Find("UseAspireReason") ?? "LocalHosting is referenced";
    }

    public string Name { get; }

    /// <summary>The project's folder, or the program's when it was built elsewhere.</summary>
    public string Directory { get; }

    public string ModeReason { get; }
}
