// The registry in memory: what others see of its users.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.SocketNode.Registry;

internal sealed partial class InMemoryConnectionRegistry
{
    private readonly Dictionary<UserId, Seen> _seen = [];
    private readonly Dictionary<UserId, long> _graces = [];

    /// <summary>What else happens in the step in which a user is offline.</summary>
    public Action<UserId>? WhenOffline { get; set; }

    /// <summary>Whether the user counts as online; the caller holds <see cref="Gate"/>.</summary>
    public bool IsOnline(UserId user) => _seen.GetValueOrDefault(user)?.Online == true;

    private void NoteGrace(UserId user) => _graces[user] = Now + (long)PresenceRules.Grace.TotalMilliseconds;

    /// <summary>The user has a session now.</summary>
    private PresenceChange? Came(UserId user)
    {
        var seen = SeenOf(user);
        seen.GraceEnds = 0;
        return seen.Online ? null : Flip(user, seen);
    }

    /// <summary>A session of the user was taken out. Who has none left is offline when the grace is over; at once where there is none.</summary>
    private PresenceChange? Went(UserId user, TimeSpan grace)
    {
        var seen = SeenOf(user);
        if (!seen.Online || _sessions.ContainsKey(user))
        {
            return null;
        }

        if (grace == TimeSpan.Zero)
        {
            return Flip(user, seen);
        }

        if (seen.GraceEnds == 0)
        {
            seen.GraceEnds = Now + (long)grace.TotalMilliseconds;
        }

        return null;
    }

    private PresenceChange? Reaped(UserId user)
    {
        var seen = SeenOf(user);
        if (_sessions.ContainsKey(user) || (seen.Online && seen.GraceEnds != 0))
        {
            return null;
        }

        // Whoever has reaped before may have died before anybody was told.
        return seen.Online ? Flip(user, seen) : Announced(user, seen);
    }

    private void Saw(Session session)
    {
        var devices = SeenOf(session.User).Devices;
        devices[session.Device] = Now;
        if (devices.Count > PresenceRules.MostSeen)
        {
            devices.Remove(devices.MinBy(device => device.Value).Key);
        }
    }

    private PresenceChange Flip(UserId user, Seen seen)
    {
        seen.Online = !seen.Online;
        seen.Since = Now;
        seen.GraceEnds = 0;
        seen.Version = NextVersion(seen.Version);
        hooks?.Enter(HookOwner.Of(user), new PresenceHook(seen.Online, seen.Version, seen.Since));
        if (!seen.Online)
        {
            WhenOffline?.Invoke(user);
        }

        return Announced(user, seen);
    }

    private long NextVersion(long version) => Math.Max(version + 1, Now);

    private static PresenceChange Announced(UserId user, Seen seen) => new(seen.StateOf(user), [.. seen.Watchers]);

    private Seen SeenOf(UserId user)
    {
        if (!_seen.TryGetValue(user, out var seen))
        {
            _seen.Add(user, seen = new Seen());
        }

        return seen;
    }

    private sealed class Seen
    {
        public long Version { get; set; }

        public bool Online { get; set; }

        public long Since { get; set; }

        public byte[] Status { get; set; } = [];

        /// <summary>Until when a user without sessions still counts as online; 0 when nobody waits.</summary>
        public long GraceEnds { get; set; }

        public Dictionary<DeviceId, long> Devices { get; } = [];

        public HashSet<NodeIncarnation> Watchers { get; } = [];

        public PresenceState StateOf(UserId user) => new(user, Version, Online, Since, Status);
    }
}
