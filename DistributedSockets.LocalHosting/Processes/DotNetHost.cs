// The dotnet program that this process runs on, so that its children run on the same.
using System.Runtime.InteropServices;

namespace DistributedSockets.LocalHosting.Processes;

internal static class DotNetHost
{
    // <root>/shared/Microsoft.NETCore.App/10.0.x/
    public static string Path { get; } = System.IO.Path.GetFullPath(
        System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
}
