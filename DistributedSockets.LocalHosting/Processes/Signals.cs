// Signals to processes and groups, and the parent's id: three calls into the C library.
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DistributedSockets.LocalHosting.Processes;

internal static partial class Signals
{
    public const int Terminate = 15;
    public const int Kill = 9;

    /// <summary>A process that is already gone is no error.</summary>
    public static void Send(int processId, int signal)
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = KillNative(processId, signal);
            return;
        }

        // Windows knows no request to end; the job object ends what is left below.
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // Ended in the meantime.
        }
    }

    public static void SendToGroup(int groupId, int signal)
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = KillNative(-groupId, signal);
        }
    }

    public static int ParentId() => GetParentIdNative();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillNative(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParentIdNative();
}
