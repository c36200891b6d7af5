// What a watcher believes of others: users by versions, rooms by differences.
using System.Text.Json;

namespace DistributedSockets.Tests.Faults;

/// <summary>What a watcher believes of others, put together from nothing but what it was sent. Used under its device's lock.</summary>
internal sealed class PresencePicture
{
    private readonly Dictionary<string, (bool IsOnline, long Version)> _users = [];
    private readonly Dictionary<string, HashSet<string>> _rooms = [];

    public IReadOnlyCollection<string> Users => _users.Keys;

    public IReadOnlyDictionary<string, HashSet<string>> Rooms => _rooms;

    public bool IsOnline(string user) => _users[user].IsOnline;

    /// <returns>What is wrong with it: a version that is older than one that was told before, or the same with another content.</returns>
    public string? OnUser(JsonElement presence)
    {
        var user = presence.GetProperty("user").GetString()!;
        var told = (IsOnline: presence.GetProperty("online").GetBoolean(), Version: presence.GetProperty("v").GetInt64());
        _users.TryGetValue(user, out var known);
        _users[user] = told;
        return told.Version < known.Version || (told.Version == known.Version && known.Version > 0 && told != known) ? $"{user} was {known} and is {told}" : null;
    }

    /// <summary>The answer to a <c>sub</c>, or one of its parts, or a difference.</summary>
    /// <returns>What is wrong with it: who joins was there, or who leaves was not.</returns>
    public string? OnRoom(JsonElement presence)
    {
        var room = presence.GetProperty("room").GetString()!;
        if (presence.TryGetProperty("members", out var members))
        {
            _rooms[room] = [.. members.EnumerateArray().Select(member => member.GetProperty("user").GetString()!)];
            return presence.TryGetProperty("more", out _) ? $"{room} came in parts" : null;
        }

        var present = _rooms[room];
        present.UnionWith(presence.GetProperty("joined").EnumerateArray().Select(member => member.GetProperty("user").GetString()!));
        var left = presence.GetProperty("left").EnumerateArray().Select(member => member.GetString()!).ToList();
        return left.TrueForAll(present.Remove) ? null : $"{room} was left by somebody who was not there, among {string.Join(", ", left)}";
    }
}
