// What is known of the members of a watched room, and what of it has been shown.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>
/// What is known of the members of a watched room, and what of it has been shown. Each difference follows on what was shown before; what came and went in between is left out.
/// </summary>
internal sealed class RoomPicture
{
    /// <summary>Bytes that are shown at once, after one member at least: many long statuses must not fill the queue of whoever watches.</summary>
    private const int MostBytes = 256 * 1024;

    private const int MemberSize = 64;

    /// <summary>Held for a moment, and nothing else is called within: changes come under the lock of <see cref="PresenceWatch"/>.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<UserId, PresenceState> _states = [];

    /// <summary>The members who are online as far as anybody was shown.</summary>
    private readonly Dictionary<UserId, PresenceState> _shown = [];

    /// <summary>Members, or who was one, of whom there may be something to show.</summary>
    private readonly HashSet<UserId> _changed = [];

    private HashSet<UserId> _members = [];
    private long _count;
    private long _shownCount;

    public bool HasNews
    {
        get
        {
            lock (_gate)
            {
                return _changed.Count > 0 || _count != _shownCount;
            }
        }
    }

    /// <summary>What has been shown so far.</summary>
    public RoomPresent Shown
    {
        get
        {
            lock (_gate)
            {
                return new RoomPresent([.. _shown.Values], _shownCount);
            }
        }
    }

    /// <summary>How many bytes a member takes in a push, roughly.</summary>
    public static int SizeOf(PresenceState member) => SizeOf(member.User) + member.Status.Length;

    public static int SizeOf(UserId member) => MemberSize + member.Value.Length;

    /// <summary>Members in parts that may be shown at once; one part at least.</summary>
    public static IReadOnlyList<IReadOnlyList<PresenceState>> Split(IReadOnlyList<PresenceState> members)
    {
        List<List<PresenceState>> parts = [[]];
        var bytes = 0;
        foreach (var member in members)
        {
            if (bytes >= MostBytes)
            {
                parts.Add([]);
                bytes = 0;
            }

            parts[^1].Add(member);
            bytes += SizeOf(member);
        }

        return parts;
    }

    /// <summary>The room's members are these now. Who is new counts as offline until their state has come.</summary>
    public void SetMembers(IReadOnlyCollection<UserId> members)
    {
        lock (_gate)
        {
            var before = _members;
            _members = [.. members];
            _count = _members.Count;
            _changed.UnionWith(_members.Where(member => !before.Contains(member)));
            foreach (var gone in before.Where(member => !_members.Contains(member)))
            {
                _states.Remove(gone);
                _changed.Add(gone);
            }
        }
    }

    /// <summary>Members have come, gone, or changed their status.</summary>
    public void Take(IReadOnlyList<PresenceState> states)
    {
        lock (_gate)
        {
            foreach (var state in states.Where(state => _members.Contains(state.User)))
            {
                _states[state.User] = state;
                _changed.Add(state.User);
            }
        }
    }

    /// <summary>Nobody watches who was shown anything: all that is known counts as shown.</summary>
    public void Settle()
    {
        while (TakeNews() is not null)
        {
        }
    }

    /// <summary>What there is to show now, which counts as shown from here on; null for nothing. Where it is very much, the rest is for the next time.</summary>
    public RoomDifference? TakeNews()
    {
        lock (_gate)
        {
            var (joined, left, bytes) = (new List<PresenceState>(), new List<UserId>(), 0);
            foreach (var user in _changed)
            {
                if (bytes >= MostBytes)
                {
                    break;
                }

                _changed.Remove(user);
                var before = _shown.GetValueOrDefault(user);
                if (Present(user) is { } now)
                {
                    if (before is null || !now.LooksLike(before))
                    {
                        _shown[user] = now;
                        joined.Add(now);
                        bytes += SizeOf(now);
                    }
                }
                else if (_shown.Remove(user))
                {
                    left.Add(user);
                    bytes += SizeOf(user);
                }
            }

            var isNews = joined.Count + left.Count > 0 || _count != _shownCount;
            _shownCount = _count;
            return isNews ? new RoomDifference(joined, left, _count) : null;
        }
    }

    /// <summary>What has been shown since <see cref="Shown"/> was that; null for nothing.</summary>
    public RoomDifference? Since(RoomPresent earlier)
    {
        lock (_gate)
        {
            var before = earlier.Members.ToDictionary(member => member.User);
            var joined = _shown.Values.Where(now => !before.TryGetValue(now.User, out var then) || !now.LooksLike(then)).ToList();
            var left = before.Keys.Where(user => !_shown.ContainsKey(user)).ToList();
            return joined.Count + left.Count > 0 || _shownCount != earlier.Count ? new RoomDifference(joined, left, _shownCount) : null;
        }
    }

    private PresenceState? Present(UserId user) => _members.Contains(user) && _states.GetValueOrDefault(user) is { Online: true } state ? state : null;
}

/// <summary>The members of a room who are online.</summary>
/// <param name="Count">How many members there are, online or not.</param>
internal sealed record RoomPresent(IReadOnlyList<PresenceState> Members, long Count);

/// <summary>What has become of the members of a room.</summary>
/// <param name="Joined">They are members and online now, or have another status.</param>
/// <param name="Left">They are offline now, or no members any more.</param>
/// <param name="Count">How many members there are, online or not.</param>
internal sealed record RoomDifference(IReadOnlyList<PresenceState> Joined, IReadOnlyList<UserId> Left, long Count);
