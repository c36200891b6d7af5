// One device of one user: what it makes of what it is told about rooms and about who is there.
using System.Diagnostics;
using System.Text.Json;

namespace DistributedSockets.Tests.Faults;

internal sealed partial class FaultClient
{
    private const string Everyone = "ds.all";

    private static readonly TimeSpan RoomAckPause = TimeSpan.FromSeconds(0.9);

    private readonly Dictionary<string, RoomMemory> _rooms = [];

    /// <summary>What it was told of those whom it watches.</summary>
    public PresencePicture Picture { get; } = new();

    /// <summary>When it was first told that it is in the room; 0 if never.</summary>
    public long JoinedAt(string room)
    {
        lock (_lock)
        {
            return _rooms.TryGetValue(room, out var memory) ? memory.JoinedAt : 0;
        }
    }

    /// <summary>What does not fit what it was told of others; <paramref name="isOnline"/> says how it really is.</summary>
    public IReadOnlyList<string> Misbeliefs(Func<string, bool> isOnline, Func<string, IEnumerable<string>> membersOf)
    {
        lock (_lock)
        {
            var users = Picture.Users.Where(user => Picture.IsOnline(user) != isOnline(user)).Select(user => $"{Device} believes that {user} is {(isOnline(user) ? "offline" : "online")}");
            var rooms = Picture.Rooms.Where(room => !room.Value.SetEquals(membersOf(room.Key).Where(isOnline)))
                .Select(room => $"{Device} believes that in {room.Key} are {string.Join(", ", room.Value.Order())}, not {string.Join(", ", membersOf(room.Key).Where(isOnline).Order())}");
            return [.. users, .. rooms];
        }
    }

    /// <summary>It is in the room, and has everything up to there.</summary>
    public void Enter(string room, string epoch, long after, long now)
    {
        _rooms.TryAdd(room, new RoomMemory());
        _rooms[room].OnJoined(epoch, after, now);
    }

    private void OnJoined(FaultSession session, JsonElement root)
    {
        var room = root.GetProperty("room").GetString()!;
        if (room == Everyone)
        {
            return;
        }

        if (root.TryGetProperty("reason", out _) || root.TryGetProperty("gap", out _))
        {
            _journal.Violate($"{Device} misses something of a room: {root.GetRawText()}");
        }

        Enter(room, root.GetProperty("epoch").GetString()!, root.GetProperty("after").GetInt64(), Stopwatch.GetTimestamp());
        session.Rooms.TryAdd(room, new Reach());
        OnAnswer(root);
    }

    private void OnRoomMessage(FaultSession session, JsonElement root)
    {
        var room = root.GetProperty("room").GetString()!;
        var body = root.GetProperty("body");
        var key = new MessageKey(body.GetProperty("device").GetString()!, room, body.GetProperty("number").GetInt32());
        var rseq = root.GetProperty("rseq").GetInt64();
        var mid = root.GetProperty("mid").GetString()!;
        var memory = _rooms[room];
        session.Rooms[room].Received = Math.Max(session.Rooms[room].Received, rseq);
        if (!memory.TryMove(rseq))
        {
            Memory.Drop();
        }
        else if (key.Device != Device)
        {
            Memory.Surfaced.Add(new Surfaced(key, mid, rseq, memory.Epoch, session.Number, Stopwatch.GetTimestamp()));
        }
    }

    private void OnPresence(JsonElement root)
    {
        if (root.TryGetProperty("op", out _))
        {
            _journal.Violate($"{Device} watches no more: {root.GetRawText()}");
        }
        else if ((root.TryGetProperty("room", out _) ? Picture.OnRoom(root) : Picture.OnUser(root)) is { } wrong)
        {
            _journal.Misled($"{Device} was told that {wrong}");
        }

        OnAnswer(root);
    }

    private void OnAnswer(JsonElement root)
    {
        if (root.TryGetProperty("id", out var id))
        {
            _wishes.Remove(id.GetString()!);
        }
    }

    /// <summary>At most once a second in each room: there are many.</summary>
    private static void AcknowledgeRooms(FaultSession session)
    {
        foreach (var (room, reach) in session.Rooms.Where(room => room.Value.Received > room.Value.Acknowledged && Stopwatch.GetElapsedTime(room.Value.AcknowledgedAt) > RoomAckPause))
        {
            (reach.Acknowledged, reach.AcknowledgedAt) = (reach.Received, Stopwatch.GetTimestamp());
            session.Socket.Post($$"""{"type":"ack","room":"{{room}}","rseq":{{reach.Received}}}""");
        }
    }
}
