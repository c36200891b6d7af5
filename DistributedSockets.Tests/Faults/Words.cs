// How sessions, incarnations and differences are told when a model and a registry disagree.
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Faults;

internal static class Words
{
    public static string Of(object? thing) => thing switch
    {
        null => "none",
        Session session => $"{session.User}'s {session.Device} {session.Connection} on {session.Node}",
        OpenedSession opened => $"{(opened.IsEntered ? "" : "not entered, ")}superseded {Of(opened.Superseded)}, others {Of(opened.Others)}, told {Of(opened.Presence)}",
        ClosedSession closed => $"left {Of(closed.Left)}, told {Of(closed.Presence)}",
        AssertedSessions asserted => $"lost {Of(asserted.Lost)}, told {Of(asserted.Presence)}",
        ReapedUser reaped => $"{reaped.User} with {Of(reaped.Remaining)}, told {Of(reaped.Presence)}",
        PresenceChange change => $"{change.State.User} {(change.State.Online ? "online" : "offline")} {change.State.Version}",
        LeaseAttempt.Taken taken => $"taken as {taken.Incarnation}",
        LeaseAttempt.Held held => $"held by {held.Holder}",
        string text => text,
        System.Collections.IEnumerable several => $"[{string.Join(", ", several.Cast<object>().Select(Of).Order(StringComparer.Ordinal))}]",
        _ => thing.ToString()!,
    };

    /// <summary>What is wrong, in words; null when both say the same. The order of several things does not matter.</summary>
    public static string? Differ(string what, object? expected, object? actual) =>
        Of(expected) == Of(actual) ? null : $"{what}: expected {Of(expected)}, was {Of(actual)}";

    public static string? Differ<T>(string what, IEnumerable<T> expected, IEnumerable<T> actual) => Differ(what, (object)expected, actual);
}
