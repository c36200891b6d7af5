// LD_LIBRARY_PATH for programs that were unpacked and not installed.
namespace DistributedSockets.LocalHosting.Servers;

internal static class LibraryPath
{
    // usr/lib/x86_64-linux-gnu, usr/lib/aarch64-linux-gnu, lib/x86_64-linux-gnu, ...
    public static string For(string unpacked)
    {
        var folders = new[] { "usr/lib", "lib" }
            .Select(folder => Path.Combine(unpacked, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateDirectories(folder, "*-linux-gnu*"));
        var inherited = Environment.GetEnvironmentVariable("LD_LIBRARY_PATH");
        return string.Join(':', string.IsNullOrEmpty(inherited) ? folders : folders.Append(inherited));
    }
}
