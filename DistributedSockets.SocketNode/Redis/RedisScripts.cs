// The scripts that run inside Redis, from the .lua files beside this one.
namespace DistributedSockets.SocketNode.Redis;

/// <summary>The scripts that run inside Redis. Nothing is loaded at start: see <see cref="RedisScriptCalls"/>.</summary>
internal static class RedisScripts
{
    public static readonly RedisScript TakeLease = new(Read("take-lease"));
    public static readonly RedisScript RenewLease = new(Read("renew-lease"));
    public static readonly RedisScript ReleaseLease = new(Read("release-lease"));
    public static readonly RedisScript ReadNodes = new(Read("read-nodes"));
    public static readonly RedisScript BeginReap = new(Read("begin-reap"));
    public static readonly RedisScript Fence = new(Read("fence"));
    public static readonly RedisScript ReapUser = new(ReadPresence("reap-user"));
    public static readonly RedisScript OpenSession = new(ReadPresence("open-session"));
    public static readonly RedisScript AssertSession = new(ReadPresence("assert-session"));
    public static readonly RedisScript CloseSession = new(ReadPresence("close-session"));
    public static readonly RedisScript SetStatus = new(ReadPresence("set-status"));
    public static readonly RedisScript Watch = new(ReadPresence("watch"));
    public static readonly RedisScript EndGrace = new(ReadPresence("end-grace"));
    public static readonly RedisScript NoteDue = new(ReadShared("note-due"));
    public static readonly RedisScript ReadGraces = new(ReadShared("read-graces"));
    public static readonly RedisScript SettleDue = new(Read("settle-due"));
    public static readonly RedisScript NoteMissed = new(Read("note-missed"));
    public static readonly RedisScript Revoke = new(Read("revoke"));
    public static readonly RedisScript Append = new(ReadOnce("shared-hooks") + Read("append"));
    public static readonly RedisScript ReadInbox = new(ReadShared("read-inbox"));
    public static readonly RedisScript RecallId = new(ReadOnce("recall-id"));
    public static readonly RedisScript Acknowledge = new(ReadShared("acknowledge"));
    public static readonly RedisScript BeginDevice = new(ReadShared("begin-device"));
    public static readonly RedisScript RenewEpoch = new(ReadShared("renew-epoch"));
    public static readonly RedisScript MarkRead = new(ReadShared("mark-read"));
    public static readonly RedisScript AppendOwed = new(ReadShared("append-owed"));
    public static readonly RedisScript Settle = new(ReadShared("settle"));
    public static readonly RedisScript ClearInbox = new(ReadShared("clear-inbox"));
    public static readonly RedisScript Sweep = new(ReadShared("sweep"));
    public static readonly RedisScript RegisterVisit = new(ReadShared("register-visit"));
    public static readonly RedisScript TakeTurn = new(ReadShared("take-turn"));
    public static readonly RedisScript Reschedule = new(ReadShared("reschedule"));
    public static readonly RedisScript LogAppend = new(ReadLog("log-append"));
    public static readonly RedisScript LogEnter = new(ReadLog("log-enter"));
    public static readonly RedisScript LogChange = new(ReadLog("log-change"));
    public static readonly RedisScript LogBegin = new(ReadLog("log-begin"));
    public static readonly RedisScript LogRead = new(ReadLog("log-read"));
    public static readonly RedisScript JoinUser = new(ReadRooms("join-user"));
    public static readonly RedisScript JoinRoom = new(ReadOccupancy("join-room"));
    public static readonly RedisScript JoinedUser = new(ReadRooms("joined-user"));
    public static readonly RedisScript LeaveUser = new(ReadRooms("leave-user"));
    public static readonly RedisScript LeaveRoom = new(ReadOccupancy("leave-room"));
    public static readonly RedisScript LeftUser = new(ReadRooms("left-user"));
    public static readonly RedisScript ReadMembers = new(ReadLog("read-members"));
    public static readonly RedisScript ReadRoomsOf = new(ReadRooms("read-rooms"));
    public static readonly RedisScript AckRoom = new(ReadRooms("ack-room"));
    public static readonly RedisScript MarkRoom = new(ReadRooms("mark-room"));
    public static readonly RedisScript RestartRoom = new(ReadRooms("restart-room"));
    public static readonly RedisScript ReadEvents = new(ReadShared("read-events"));
    public static readonly RedisScript RemoveEvents = new(Read("remove-events"));
    public static readonly RedisScript PauseEvents = new(ReadShared("pause-events"));

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
