// The scripts that run inside Redis, from the .lua files beside this one.
namespace DistributedSockets.SocketNode.Redis;

/// <summary>
/// The scripts that run inside Redis. The client sends each by its hash, and whole to a server that does not know it (yet or any more),
/// so nothing is loaded at start.
/// </summary>
internal static class RedisScripts
{
    public static readonly string TakeLease = Read("take-lease");
    public static readonly string RenewLease = Read("renew-lease");
    public static readonly string ReleaseLease = Read("release-lease");
    public static readonly string ReadNodes = Read("read-nodes");
    public static readonly string BeginReap = Read("begin-reap");
    public static readonly string Fence = Read("fence");
    public static readonly string ReapUser = ReadPresence("reap-user");
    public static readonly string OpenSession = ReadPresence("open-session");
    public static readonly string AssertSession = ReadPresence("assert-session");
    public static readonly string CloseSession = ReadPresence("close-session");
    public static readonly string SetStatus = ReadPresence("set-status");
    public static readonly string Watch = ReadPresence("watch");
    public static readonly string EndGrace = ReadPresence("end-grace");
    public static readonly string NoteDue = ReadShared("note-due");
    public static readonly string ReadGraces = ReadShared("read-graces");
    public static readonly string SettleDue = Read("settle-due");
    public static readonly string NoteMissed = Read("note-missed");
    public static readonly string Revoke = Read("revoke");
    public static readonly string Append = ReadOnce("shared-hooks") + Read("append");
    public static readonly string Acknowledge = ReadShared("acknowledge");
    public static readonly string BeginDevice = ReadShared("begin-device");
    public static readonly string RenewEpoch = ReadShared("renew-epoch");
    public static readonly string MarkRead = ReadShared("mark-read");
    public static readonly string AppendOwed = ReadShared("append-owed");
    public static readonly string Settle = ReadShared("settle");
    public static readonly string ClearInbox = ReadShared("clear-inbox");
    public static readonly string Sweep = ReadShared("sweep");
    public static readonly string RegisterVisit = ReadShared("register-visit");
    public static readonly string TakeTurn = ReadShared("take-turn");
    public static readonly string Reschedule = ReadShared("reschedule");
    public static readonly string LogAppend = ReadLog("log-append");
    public static readonly string LogChange = ReadLog("log-change");
    public static readonly string LogBegin = ReadLog("log-begin");
    public static readonly string LogRead = ReadLog("log-read");
    public static readonly string JoinUser = ReadRooms("join-user");
    public static readonly string JoinRoom = ReadOccupancy("join-room");
    public static readonly string JoinedUser = ReadRooms("joined-user");
    public static readonly string LeaveUser = ReadRooms("leave-user");
    public static readonly string LeaveRoom = ReadOccupancy("leave-room");
    public static readonly string LeftUser = ReadRooms("left-user");
    public static readonly string ReadMembers = ReadLog("read-members");
    public static readonly string ReadRoomsOf = ReadRooms("read-rooms");
    public static readonly string AckRoom = ReadRooms("ack-room");
    public static readonly string MarkRoom = ReadRooms("mark-room");
    public static readonly string RestartRoom = ReadRooms("restart-room");
    public static readonly string ReadEvents = ReadShared("read-events");
    public static readonly string RemoveEvents = Read("remove-events");
    public static readonly string PauseEvents = ReadShared("pause-events");

    /// <summary>A script that stores something once.</summary>
    private static string ReadOnce(string name) => Read("shared") + Read("shared-ids") + Read(name);

    /// <summary>A script in the slot of a room.</summary>
    private static string ReadLog(string name) => ReadOnce("shared-log") + Read(name);

    /// <summary>A script that may make a room occupied or vacated.</summary>
    private static string ReadOccupancy(string name) => ReadOnce("shared-hooks") + Read("shared-log") + Read(name);

    /// <summary>A script of the rooms of a user, in the slot of the user.</summary>
    private static string ReadRooms(string name) => Read("shared") + Read("shared-rooms") + Read(name);

    /// <summary>A script that may change what others see of a user.</summary>
    private static string ReadPresence(string name) => Read("shared") + Read("shared-hooks") + Read("shared-presence") + Read(name);

    /// <summary>A script of the inboxes: what they share stands before it.</summary>
    private static string ReadShared(string name) => Read("shared") + Read(name);

    private static string Read(string name)
    {
        var type = typeof(RedisScripts);
        using var stream = type.Assembly.GetManifestResourceStream($"{type.Namespace}.Scripts.{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
