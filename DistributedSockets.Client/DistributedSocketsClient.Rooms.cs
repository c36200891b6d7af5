// Rooms, and what was said in them and with users.
using System.Text.Json;
using DistributedSockets.Client.Sending;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    private readonly HashSet<string> _rewound = [];

    /// <summary>One is in a room, or not any more. After each connect it comes for every room that one is in.</summary>
    public event Action<RoomChange>? RoomChanged;

    /// <summary>Another device of one's own has read in a room.</summary>
    public event Action<RoomRead>? RoomRead;

    /// <summary>Somebody types, or has stopped.</summary>
    public event Action<Typing>? TypingChanged;

    /// <summary>Becomes a member of a room, and stays one until one leaves, over reconnects and on all devices.</summary>
    /// <param name="room">Its name.</param>
    /// <param name="since">Where to begin reading; null: where this device was.</param>
    /// <exception cref="ClientException">Refused; see its code.</exception>
    public async Task<Room> JoinAsync(string room, RoomPlace? since = null, CancellationToken cancellationToken = default)
    {
        if (since is not null)
        {
            lock (_gate)
            {
                _rewound.Add(room);
            }
        }

        var answer = await _requests.AskAsync("join", writer =>
        {
            writer.WriteString("room", room);
            if (since is not null)
            {
                writer.WriteStartObject("since");
                writer.WriteNumber("rseq", since.Seq);
                writer.WriteString("epoch", since.Epoch);
                writer.WriteEndObject();
            }
        }, cancellationToken).ConfigureAwait(false);
        return Room.Parse(answer[0]);
    }

    /// <summary>Is a member no more, on all devices.</summary>
    public Task LeaveAsync(string room, CancellationToken cancellationToken = default) =>
        _requests.AskAsync("leave", writer => writer.WriteString("room", room), cancellationToken);

    /// <summary>A page of a room's members.</summary>
    /// <param name="after">The last member of the page before; null for the first page.</param>
    public async Task<MemberPage> GetMembersAsync(string room, string? after = null, CancellationToken cancellationToken = default)
    {
        var answer = await _requests.AskAsync("members", writer =>
        {
            writer.WriteString("room", room);
            writer.WriteIfAny("after", after);
        }, cancellationToken).ConfigureAwait(false);
        return new MemberPage(answer[0].Texts("members"), answer[0].Number("count") ?? 0, answer[0].Flag("more"));
    }

    /// <summary>What was said in a room, or with a user.</summary>
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
            Raise(GapFound, new Gap(room.Name, null, null));
        }

        TellGap(push);
        Answer(push);
        Raise(RoomChanged, new RoomChange(room.Name, room));
    }

    private void TakeLeft(JsonElement push)
    {
        var room = push.Text("room") ?? "";
        _places.Leave(room);
        Answer(push);
        Raise(RoomChanged, new RoomChange(room, null));
    }
}
