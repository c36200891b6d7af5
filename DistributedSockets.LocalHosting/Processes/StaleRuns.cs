// Cleans up after an AppHost that was killed: its processes, if any outlived it, and its folder.
namespace DistributedSockets.LocalHosting.Processes;

internal static class StaleRuns
{
    public static void Clean(string runsFolder)
    {
        foreach (var lockPath in Directory.EnumerateFiles(runsFolder, "*.lock"))
        {
            try
            {
                using var taken = new FileStream(lockPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                CleanRun(lockPath[..^".lock".Length]);
                File.Delete(lockPath);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // That AppHost lives, or another one is cleaning up this moment.
            }
        }
    }

    public static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Something still writes there. The next start tries again if the lock file is left; nothing depends on it.
        }
    }

    private static void CleanRun(string root)
    {
        var processes = RunFolder.ProcessesPath(root);
        foreach (var line in File.Exists(processes) ? File.ReadLines(processes) : [])
        {
            // Each is the leader of its group. The start must match, else the id belongs to somebody else by now.
            if (ProcessIdentity.Parse(line) is { } recorded && ProcessIdentity.Of(recorded.Id) == recorded)
            {
                Signals.Send(recorded.Id, Signals.Kill);
                Signals.SendToGroup(recorded.Id, Signals.Kill);
            }
        }

        TryDelete(root);
    }
}
