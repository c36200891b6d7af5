// Finds a program as a shell would, so that a missing one is said before it is started.
namespace DistributedSockets.LocalHosting.Processes;

internal static class ExecutableSearch
{
    public static string? Find(string command)
    {
        if (command.Contains('/') || command.Contains(Path.DirectorySeparatorChar))
        {
            return File.Exists(command) ? command : null;
        }

        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat"] : [""];
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];
        return folders.SelectMany(folder => endings.Select(ending => Path.Combine(folder, command + ending))).FirstOrDefault(File.Exists);
    }
}
