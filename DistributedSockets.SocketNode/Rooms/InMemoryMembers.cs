// The members of one room in memory.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>The members of one room in memory. The caller holds the lock.</summary>
internal sealed class InMemoryMembers
{
    private readonly Dictionary<UserId, long> _since = [];

    public int Count => _since.Count;

    /// <summary>Rises with each change.</summary>
    public long Version { get; private set; }

    public bool Contains(UserId user) => _since.ContainsKey(user);

    public long Since(UserId user) => _since[user];

    /// <returns>Whether they were no member.</returns>
    public bool Add(UserId user, long now)
    {
        var isNew = _since.TryAdd(user, now);
        Version += isNew ? 1 : 0;
        return isNew;
    }

    /// <returns>Whether they were a member.</returns>
    public bool Remove(UserId user)
    {
        var isOut = _since.Remove(user);
        Version += isOut ? 1 : 0;
        return isOut;
    }

    public MemberPage Page(UserId? after, int limit, string epoch)
    {
        var members = _since.Select(member => new RoomMember(member.Key, member.Value)).OrderBy(member => member.Since)
            .ThenBy(member => member.User.Value, StringComparer.Ordinal).ToList();
        var start = after is { } user ? members.FindIndex(member => member.User == user) + 1 : 0;
        return new MemberPage([.. members.Skip(start).Take(limit)], members.Count, start + limit >= members.Count, new MembersVersion(Version, epoch));
    }
}
