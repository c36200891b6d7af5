// Signals that a test sends to a process of the cluster.
using System.Runtime.InteropServices;

namespace DistributedSockets.Tests.Support;

internal static class ProcessSignal
{
    private const int SigKill = 9;
    private const int SigTerm = 15;

    // Linux and macOS number these two differently.
    private static readonly int SigStop = OperatingSystem.IsMacOS() ? 17 : 19;
    private static readonly int SigContinue = OperatingSystem.IsMacOS() ? 19 : 18;

    public static void Kill(int processId) => Send(processId, SigKill);

    public static void Terminate(int processId) => Send(processId, SigTerm);

    /// <summary>Returns when the process has stopped: where processors are scarce, its threads run on for a while after the signal.</summary>
    public static void Pause(int processId)
    {
        Send(processId, SigStop);
        Assert.True(SpinWait.SpinUntil(() => HasStopped(processId), TimeSpan.FromSeconds(10)), $"Process {processId} does not stop.");
    }

    public static void Resume(int processId) => Send(processId, SigContinue);

    /// <summary>Whether no thread of the process runs; taken for granted where that can't be seen.</summary>
    private static bool HasStopped(int processId)
    {
        var threads = $"/proc/{processId}/task";
        return !Directory.Exists(threads)
            || Directory.GetDirectories(threads).All(thread => !File.Exists($"{thread}/stat") || File.ReadAllText($"{thread}/stat").Split(") ")[^1].StartsWith('T'));
    }

    private static void Send(int processId, int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        Assert.Equal(0, SendNative(processId, signal));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendNative(int processId, int signal);
}
