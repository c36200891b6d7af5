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

    public static void Pause(int processId) => Send(processId, SigStop);

    public static void Resume(int processId) => Send(processId, SigContinue);

    private static void Send(int processId, int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        Assert.Equal(0, SendNative(processId, signal));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendNative(int processId, int signal);
}
