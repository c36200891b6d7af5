// Rooms, and what was said in them and with users.
using System.Text.Json;
using DistributedSockets.Client.Sending;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    /// <summary>Rooms that are to be read again from an earlier place.</summary>
    private readonly HashSet<string> _rewound = [];

    /// <summary>Rooms of the last connection that have not come on this one. Only what reads the connection looks here.</summary>
    private readonly HashSet<string> _missing = [];
    private long _roomsToCome;

    /// <summary>One is in a room, or not any more. After each connect it comes for every room that one is in, and for those that one was taken out of meanwhile.</summary>
    /// <example><code>client.RoomChanged += change => Console.WriteLine(change.Room is { } room ? $"in {room.Name}" : $"not in {change.Name} any more");</code></example>
    public event Action<RoomChange>? RoomChanged;

    /// <summary>Another device of one's own has read in a room.</summary>
    /// <example><code>client.RoomRead += read => Console.WriteLine($"{read.Room}: read up to {read.UpTo}");</code></example>
    public event Action<RoomRead>? RoomRead;

    /// <summary>Somebody types, or has stopped.</summary>
    /// <example><code>client.TypingChanged += typing => Console.WriteLine($"{typing.From} {(typing.IsOn ? "types" : "has stopped")}");</code></example>
    public event Action<Typing>? TypingChanged;

    /// <summary>Becomes a member of a room, and stays one until one leaves, over reconnects and on all devices. A room is there as soon as somebody joins it.</summary>
    /// <param name="room">Its name: 1 to 128 characters.</param>
    /// <param name="since">Where to begin reading again; null: where this device was.</param>
    /// <param name="cancellationToken">Nobody waits any more; one may become a member all the same.</param>
    /// <returns>How the room is now.</returns>
    /// <exception cref="ClientException">Refused, by its code: <c>bad_recipient</c>, <c>forbidden</c>, <c>limit_reached</c>; or the client is closed.</exception>
    /// <example><code>
    /// var room = await client.JoinAsync("team");
    /// Console.WriteLine($"{room.Name} has {room.Count} members");
    /// </code></example>
    public async Task<Room> JoinAsync(string room, RoomPlace? since = null, CancellationToken cancellationToken = default)
    {
        if (since is not null)
        {
            SetRewound(room, true);
        }

        try
        {
            var answer = await _requests.AskAsync("join", writer => WriteJoin(writer, room, since), cancellationToken).ConfigureAwait(false);
            return Room.Parse(answer[0]);
        }
        finally
        {
            SetRewound(room, false);
        }
    }

    /// <summary>Is a member no more, on all devices. Nothing happens to who was none.</summary>
    /// <param name="room">The room.</param>
    /// <param name="cancellationToken">Nobody waits any more; it may happen all the same.</param>
    /// <exception cref="ClientException">Refused, or the client is closed.</exception>
    /// <example><code>await client.LeaveAsync("team");</code></example>
    public Task LeaveAsync(string room, CancellationToken cancellationToken = default) =>
        _requests.AskAsync("leave", writer => writer.WriteString("room", room), cancellationToken);

    /// <summary>A page of a room's members, up to 100 of them, in the order in which they joined.</summary>
    /// <param name="room">A room that one is in.</param>
    /// <param name="after">The last member of the page before; null for the first page.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="ClientException">Refused, such as <c>no_such_room</c>; or the client is closed.</exception>
    /// <example><code>
    /// for (var page = await client.GetMembersAsync("team"); page.Members.Count > 0; page = await client.GetMembersAsync("team", page.Members[^1]))
    /// {
    ///     Console.WriteLine(string.Join(", ", page.Members));
    /// }
    /// </code></example>
    public async Task<MemberPage> GetMembersAsync(string room, string? after = null, CancellationToken cancellationToken = default)
    {
        var answer = await _requests.AskAsync("members", writer =>
        {
            writer.WriteString("room", room);
            writer.WriteIfAny("after", after);
        }, cancellationToken).ConfigureAwait(false);
        return new MemberPage(answer[0].Texts("members"), answer[0].Number("count") ?? 0, answer[0].Flag("more"));
    }

    /// <summary>What was said in a room, or with a user: messages that were sent with an id, as they are after their last edit. Reading it acknowledges nothing.</summary>
    /// <param name="with">The user, or a room that one is in.</param>
    /// <param name="query">Which page; null for the newest.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <returns>The page, oldest first. Empty where nothing was said.</returns>
    /// <exception cref="ClientException">Refused, such as <c>no_such_room</c>; or the client is closed.</exception>
    /// <example><code>
    /// var page = await client.GetHistoryAsync(Target.Room("team"), new HistoryQuery { Limit = 20 });
    /// foreach (var entry in page.Messages)
    /// {
    ///     Console.WriteLine($"{entry.At:t} {entry.From}: {entry.Body}");
    /// }
    /// </code></example>
    public async Task<HistoryPage> GetHistoryAsync(Target with, HistoryQuery? query = null, CancellationToken cancellationToken = default)
    {
        var page = query ?? new HistoryQuery();
        var answer = await _requests.AskAsync("history", writer =>
        {
            writer.WriteString(with.IsRoom ? "room" : "peer", with.Name);
            writer.WriteIfAny("before", page.Before);
            writer.WriteIfAny("after", page.After);
            writer.WriteNumber("limit", page.Limit);
        }, cancellationToken).ConfigureAwait(false);
        return HistoryPage.Parse(answer[0]);
    }

    private static void WriteJoin(Utf8JsonWriter writer, string room, RoomPlace? since)
    {
        writer.WriteString("room", room);
        if (since is not null)
        {
            writer.WriteStartObject("since");
            writer.WriteNumber("rseq", since.Seq);
            writer.WriteString("epoch", since.Epoch);
            writer.WriteEndObject();
        }
    }

    private void SetRewound(string room, bool isOn)
    {
        lock (_gate)
        {
            _ = isOn ? _rewound.Add(room) : _rewound.Remove(room);
        }
    }

    private void BeginRooms(JsonElement welcome)
    {
        _roomsToCome = welcome.Number("rooms") ?? 0;
        _missing.Clear();
        _missing.UnionWith(_places.Rooms);
    }

    private void TakeJoined(JsonElement push)
    {
        var room = Room.Parse(push);
        lock (_gate)
        {
            if (push.Text("id") is not null && _rewound.Remove(room.Name))
            {
                // Read again from there on: what was seen before counts as not seen.
                _places.Leave(room.Name);
            }
        }

        var isNew = _places.Room(room.Name).Begin(room.Epoch, room.After);
        if (isNew || push.Text("reason") == "epoch")
        {
            Tell(new Gap(room.Name, null, null));
        }

        TellGap(push);
        Answer(push);
        Raise(RoomChanged, new RoomChange(room.Name, room));
        _missing.Remove(room.Name);
        if (--_roomsToCome == 0)
        {
            LeaveMissing();
        }
    }

    private void TakeLeft(JsonElement push)
    {
        Answer(push);
        Leave(push.Text("room") ?? "");
    }

    /// <summary>All rooms that one is in have come; of the others one was taken out while there was no connection.</summary>
    private void LeaveMissing()
    {
        foreach (var room in _missing)
        {
            Leave(room);
        }

        _missing.Clear();
    }

    private void Leave(string room)
    {
        _places.Leave(room);
        _pictures.End(room);
        Raise(RoomChanged, new RoomChange(room, null));
    }
}
