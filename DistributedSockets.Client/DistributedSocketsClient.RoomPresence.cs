// Who of a room's members is online.
using System.Text.Json;
using DistributedSockets.Client.Receiving;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    private readonly RoomPictures _pictures = new();

    /// <summary>
    /// Who is online in a room that is watched: from <see cref="WatchRoomAsync"/> on, after each change, at most once a second, and after each reconnect. Always the whole picture.
    /// </summary>
    /// <example><code>
    /// client.RoomPresenceChanged += room => Console.WriteLine($"{room.Online.Count} of {room.Count} are online in {room.Room}");
    /// await client.WatchRoomAsync("team");
    /// </code></example>
    public event Action<RoomPresence>? RoomPresenceChanged;

    /// <summary>Who is online in a room now.</summary>
    /// <param name="room">A room that one is in, of at most 1,000 members.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="ClientException">Refused, such as <c>no_such_room</c> or <c>limit_reached</c>; or the client is closed.</exception>
    /// <example><code>var online = (await client.GetRoomPresenceAsync("team")).Online.Select(member => member.User);</code></example>
    public Task<RoomPresence> GetRoomPresenceAsync(string room, CancellationToken cancellationToken = default) =>
        AskRoomPresenceAsync("get", room, cancellationToken);

    /// <summary>Who is online in a room now, and from then on by <see cref="RoomPresenceChanged"/>, over reconnects, until one leaves the room.</summary>
    /// <param name="room">A room that one is in, of at most 1,000 members; at most 20 rooms are watched at once.</param>
    /// <param name="cancellationToken">Nobody waits any more; it is not watched then.</param>
    /// <exception cref="ClientException">Refused, such as <c>no_such_room</c> or <c>limit_reached</c>; or the client is closed.</exception>
    /// <example><code>var now = await client.WatchRoomAsync("team");</code></example>
    public async Task<RoomPresence> WatchRoomAsync(string room, CancellationToken cancellationToken = default)
    {
        // Entered before it is asked for: a change may come right behind the answer.
        var isNew = _pictures.TryBegin(room);
        try
        {
            return await AskRoomPresenceAsync("sub", room, cancellationToken).ConfigureAwait(false);
        }
        catch when (isNew)
        {
            _pictures.End(room);
            throw;
        }
    }

    /// <summary>No more changes of a room's presence.</summary>
    /// <param name="room">The room; nothing happens where it is not watched.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="ClientException">Refused, or the client is closed.</exception>
    /// <example><code>await client.UnwatchRoomAsync("team");</code></example>
    public Task UnwatchRoomAsync(string room, CancellationToken cancellationToken = default)
    {
        _pictures.End(room);
        return _requests.AskAsync("presence", writer => WriteRoomPresence(writer, "unsub", room), cancellationToken);
    }

    private async Task<RoomPresence> AskRoomPresenceAsync(string op, string room, CancellationToken cancellationToken)
    {
        var answers = await _requests.AskAsync(
            "presence", writer => WriteRoomPresence(writer, op, room), cancellationToken, static answers => !answers[^1].Flag("more")).ConfigureAwait(false);
        return new RoomPresence(room, [.. answers.SelectMany(answer => answer.Items("members")).Select(Presence.ParseMember)], answers[^1].Number("count") ?? 0);
    }

    private static void WriteRoomPresence(Utf8JsonWriter writer, string op, string room)
    {
        writer.WriteString("op", op);
        writer.WriteString("room", room);
    }

    private void TakeRoomPresence(string room, JsonElement push)
    {
        Answer(push);
        if (push.Text("op") == "unsub")
        {
            if (push.Text("id") is null && _pictures.End(room))
            {
                Raise(Refused, new ClientException("limit_reached", $"The room '{room}' has grown too large to be watched."));
            }
        }
        else if (_pictures.Take(room, push) is { } picture)
        {
            Raise(RoomPresenceChanged, picture);
        }
    }
}
