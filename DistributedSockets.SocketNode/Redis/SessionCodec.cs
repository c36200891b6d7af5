// A session as a field of the hash of its user's sessions.
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

/// <summary>
/// A session as a field of the hash of its user's sessions:
/// <code>
/// phone                server-1#1764000000000 8f14e45fceea4672a1b1f2c3d4e5f607 1764000012345
/// plain:8f14e45fcee…   server-1#1764000000000 8f14e45fceea4672a1b1f2c3d4e5f607 1764000012345
/// </code>
/// The field is the device, so that a device has one session; a plain connection has a field of its own. Values are compared whole.
/// </summary>
internal static class SessionCodec
{
    // An encoded device contains no colon.
    private const string PlainPrefix = "plain:";

    public static RedisValue Field(Session session) => session.Device == DeviceId.Plain
        ? PlainPrefix + RedisKeys.Encode(session.Connection.Value)
        : RedisKeys.Encode(session.Device.Value);

    public static RedisValue Value(Session session) =>
        string.Create(CultureInfo.InvariantCulture, $"{ValuePrefix(session.Node)}{RedisKeys.Encode(session.Connection.Value)} {session.Since}");

    /// <summary>How the values of all sessions on an incarnation begin.</summary>
    public static string ValuePrefix(NodeIncarnation node) => RedisKeys.Member(node) + " ";

    /// <summary>Reads the whole hash. What is not ours is left out: it can't be told and must not stop the rest.</summary>
    public static IReadOnlyList<Session> ReadAll(UserId user, HashEntry[] entries)
    {
        var sessions = new List<Session>(entries.Length);
        foreach (var entry in entries)
        {
            if (TryRead(user, entry.Name.ToString(), entry.Value.ToString(), out var session))
            {
                sessions.Add(session);
            }
        }

        return sessions;
    }

    /// <summary>Reads the whole hash as a script returns it: field, value, field, …</summary>
    public static IReadOnlyList<Session> ReadAll(UserId user, RedisResult fieldsAndValues) =>
        ReadAll(user, [.. ((RedisValue[]?)fieldsAndValues ?? []).Chunk(2).Select(pair => new HashEntry(pair[0], pair[1]))]);

    public static bool TryRead(UserId user, string field, string value, [NotNullWhen(true)] out Session? session)
    {
        session = null;
        if (value.Split(' ') is not [var node, var connection, var since]
            || !NodeIncarnation.TryParse(node, out var incarnation)
            || !long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var opened))
        {
            return false;
        }

        var device = field.StartsWith(PlainPrefix, StringComparison.Ordinal) ? DeviceId.Plain : new DeviceId(RedisKeys.Decode(field));
        session = new Session(user, device, incarnation, new ConnectionId(RedisKeys.Decode(connection)), opened);
        return true;
    }
}
