// Faults on demand, at the places where they hurt most: for tests, in Development only.
using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Diagnostics;

/// <summary>The points that can fail; each is the name of the file that arms it.</summary>
internal static class Failpoint
{
    /// <summary>The process dies: a message is in the inbox and not yet published.</summary>
    public const string KillAfterStore = "kill-after-store";

    /// <summary>The process dies: the broker has confirmed a publish, and nothing has followed from that.</summary>
    public const string KillAfterConfirm = "kill-after-confirm";

    /// <summary>The process dies: a message is stored, and its sender has no ack yet.</summary>
    public const string KillBeforeAck = "kill-before-ack";

    /// <summary>The process dies: a device's acknowledgement is stored, and its receipts are not passed on yet.</summary>
    public const string KillAfterAcknowledge = "kill-after-acknowledge";

    /// <summary>The process dies: a receipt is in the sender's inbox and not settled with the recipient's.</summary>
    public const string KillAfterReceipt = "kill-after-receipt";

    /// <summary>The process dies: an event is read and not yet posted.</summary>
    public const string KillBeforeHook = "kill-before-hook";

    /// <summary>The process dies: an event was accepted and not yet taken out.</summary>
    public const string KillAfterHook = "kill-after-hook";

    /// <summary>One push is not written to its socket.</summary>
    public const string DropPush = "drop-push";

    /// <summary>One publish passes for routed and is not sent.</summary>
    public const string DropHint = "drop-hint";

    /// <summary>One stored entry is removed behind the ledger's back.</summary>
    public const string DropEntry = "drop-entry";
}

/// <summary>
/// Faults on demand. A file in the folder, named like a failpoint, arms it; of all nodes that share the folder the first to pass the point takes the file away and fails there, once.
/// Without a folder, which is always so outside Development (the validator sees to it), passing a point costs a null check.
/// </summary>
internal sealed class Failpoints(string? folder, Action kill)
{
    private readonly string? _folder = string.IsNullOrEmpty(folder) ? null : folder;

    public Failpoints(IOptions<SocketNodeOptions> options)
        : this(options.Value.Failpoints.Folder, KillThisProcess)
    {
    }

    /// <summary>Where nothing fails on demand.</summary>
    public static Failpoints None { get; } = new(null, KillThisProcess);

    /// <summary>The machine's clock, or one that is wrong on demand.</summary>
    public static TimeProvider Clock(FailpointOptions options) => options.ClockOffset == TimeSpan.Zero ? TimeProvider.System : new WrongClock(options.ClockOffset);

    /// <summary>Does not return where the point is armed: the process is killed, as by SIGKILL.</summary>
    public void Pass(string failpoint)
    {
        if (_folder is not null && TryClaim(_folder, failpoint))
        {
            kill();
        }
    }

    /// <summary>Whether the caller is to leave out what it was about to do.</summary>
    public bool Drops(string failpoint) => _folder is not null && TryClaim(_folder, failpoint);

    private static bool TryClaim(string folder, string failpoint)
    {
        var armed = Path.Combine(folder, failpoint);
        if (!File.Exists(armed))
        {
            return false;
        }

        try
        {
            // With overwrite it is a bare rename: one of many wins, the others find nothing. What it leaves shows a test who has failed.
            File.Move(armed, $"{armed}.claimed-by-{Environment.ProcessId}-{Guid.NewGuid():N}", overwrite: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void KillThisProcess()
    {
        using var process = Process.GetCurrentProcess();
        process.Kill();
    }

    /// <summary>Tells the wrong time of day, and measures right.</summary>
    private sealed class WrongClock(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
    }
}
