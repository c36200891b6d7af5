// The registry as it should be: what others see of its users. Each time that one comes or goes is told once.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;

namespace DistributedSockets.Tests.Faults;

internal sealed partial class RegistryModel
{
    private readonly Dictionary<UserId, Seen> _seen = [];

    public string? EndGrace(UserId user, EndedGrace answer)
    {
        var seen = _seen.GetValueOrDefault(user);
        if (Locate(user).Count > 0)
        {
            return Words.Differ("told", null, answer.Presence) ?? Words.Differ("next", null, answer.Next);
        }

        if (seen is { Online: true, GraceSince: { } since } && since == _now)
        {
            return Words.Differ("told", null, answer.Presence) ?? (answer.Next is null ? "the grace has just begun" : null);
        }

        return (seen.Online ? Flip(user, answer.Presence) : Repeat(user, answer.Presence)) ?? Words.Differ("next", null, answer.Next);
    }

    public string? See(IEnumerable<PresenceState> states) => states
        .Select(state => Words.Differ($"presence of {state.User}", $"{_seen.GetValueOrDefault(state.User).Online} {_seen.GetValueOrDefault(state.User).Version}", $"{state.Online} {state.Version}"))
        .FirstOrDefault(complaint => complaint is not null);

    private string? Came(UserId user, PresenceChange? told)
    {
        var seen = _seen.GetValueOrDefault(user);
        _seen[user] = seen with { GraceSince = null };
        return seen.Online ? Words.Differ("told", null, told) : Flip(user, told);
    }

    private string? Went(UserId user, bool leaves, PresenceChange? told)
    {
        var seen = _seen.GetValueOrDefault(user);
        if (leaves && seen.Online)
        {
            return Flip(user, told);
        }

        _seen[user] = seen with { GraceSince = seen.Online ? seen.GraceSince ?? _now : null };
        return Words.Differ("told", null, told);
    }

    /// <summary>An incarnation that is over has entered nothing; if it was ended in the middle of the call, it has taken it out again.</summary>
    private string? WentAgain(UserId user, PresenceChange? told)
    {
        var complaint = told is null ? null : Came(user, told);
        return Locate(user).Count == 0 ? complaint ?? Went(user, leaves: false, told: null) : complaint;
    }

    private string? Reaped(UserId user, PresenceChange? told)
    {
        var seen = _seen.GetValueOrDefault(user);
        return Locate(user).Count > 0 || (seen.Online && seen.GraceSince is not null) ? Words.Differ("told", null, told)
            : seen.Online ? Flip(user, told)
            : Repeat(user, told);
    }

    private string? Flip(UserId user, PresenceChange? told)
    {
        var seen = _seen.GetValueOrDefault(user);
        if (told is null || told.State.Online == seen.Online || told.State.Version <= seen.Version)
        {
            return $"{user} is {(seen.Online ? "offline" : "online")} after {seen.Version}, and what is told of it is {Words.Of(told)}";
        }

        _seen[user] = new(!seen.Online, told.State.Version, GraceSince: null);
        return null;
    }

    private string? Repeat(UserId user, PresenceChange? told) =>
        told is { State.Online: false } && told.State.Version == _seen.GetValueOrDefault(user).Version ? null : $"{user} is offline still, and what is told again is {Words.Of(told)}";

    private readonly record struct Seen(bool Online, long Version, int? GraceSince);
}
