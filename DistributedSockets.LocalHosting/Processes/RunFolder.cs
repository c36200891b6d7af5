// This run's folder: data, logs, and the list of processes by which a later start cleans up after a crash.
using System.Globalization;
using System.Security.Cryptography;

namespace DistributedSockets.LocalHosting.Processes;

internal sealed class RunFolder : IDisposable
{
    private const int MostAttempts = 5;

    private readonly Lock _lock = new();
    private readonly bool _keep;
    private readonly FileStream _lockFile;

    public RunFolder(LocalHostingOptions options, TimeProvider time)
    {
        _keep = options.KeepRunFolder;
        Directory.CreateDirectory(options.RunsFolder);
        StaleRuns.Clean(options.RunsFolder);

        (Root, _lockFile) = Take(options.RunsFolder, time);
        Directory.CreateDirectory(Logs);
    }

    public string Root { get; }

    public string Logs => Path.Combine(Root, "logs");

    public static string LockPath(string root) => root + ".lock";

    public static string ProcessesPath(string root) => Path.Combine(root, "processes");

    public string DataOf(string resourceName)
    {
        var folder = Path.Combine(Root, "data", resourceName);
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>A line per process: id, start, the resource's name.</summary>
    public void Record(int processId, string resourceName)
    {
        if (ProcessIdentity.Of(processId) is { } identity)
        {
            lock (_lock)
            {
                File.AppendAllText(ProcessesPath(Root), string.Create(CultureInfo.InvariantCulture, $"{identity.Id} {identity.Start} {resourceName}\n"));
            }
        }
    }

    /// <summary>The lock is held open until the end of this process, however it comes: one that somebody else can take marks a run that is over.</summary>
    private static (string Root, FileStream Lock) Take(string runsFolder, TimeProvider time)
    {
        for (var attempt = 1; ; attempt++)
        {
            var now = time.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
            var root = Path.Combine(runsFolder, $"{now}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
            try
            {
                return (root, new FileStream(LockPath(root), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (attempt < MostAttempts)
            {
                // Creating and locking are two steps: in between another start may have taken the file for one of a run that is over.
            }
        }
    }

    public void Dispose()
    {
        if (!_keep)
        {
            StaleRuns.TryDelete(Root);
        }

        _lockFile.Dispose();
        File.Delete(LockPath(Root));
    }
}
