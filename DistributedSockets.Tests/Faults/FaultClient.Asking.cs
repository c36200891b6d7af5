// One device of one user: what it asks for until it has an answer, such as being in a room or watching somebody.
using System.Diagnostics;

namespace DistributedSockets.Tests.Faults;

internal sealed partial class FaultClient
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, Wish> _wishes = [];
    private readonly List<(string Id, string Frame)> _watched = [];

    /// <summary>Whether it waits for answers.</summary>
    public bool IsAsking
    {
        get
        {
            lock (_lock)
            {
                return _wishes.Count > 0;
            }
        }
    }

    public void Join(string room)
    {
        lock (_lock)
        {
            Ask($"join {room}", $$"""{"type":"join","room":"{{room}}","id":"join {{room}}"}""");
        }
    }

    /// <summary>Watches users and a room from now on, over all its connections.</summary>
    public void Watch(IReadOnlyList<string> users, string? room)
    {
        lock (_lock)
        {
            _watched.Add(("users", $$"""{"type":"presence","op":"sub","users":["{{string.Join("\",\"", users)}}"],"id":"users"}"""));
            if (room is not null)
            {
                _watched.Add(("room", $$"""{"type":"presence","op":"sub","room":"{{room}}","id":"room"}"""));
            }

            AskToWatch();
        }
    }

    /// <summary>What it watches ends with a connection.</summary>
    private void AskToWatch()
    {
        foreach (var (id, frame) in _watched)
        {
            Ask(id, frame);
        }
    }

    private void Ask(string id, string frame)
    {
        _wishes[id] = new Wish(frame);
        Repeat();
    }

    /// <summary>Says again what has no answer, over a new connection at once.</summary>
    private void Repeat()
    {
        if (_current is { Ended.IsCompleted: false } session)
        {
            foreach (var wish in _wishes.Values.Where(wish => wish.On != session || Stopwatch.GetElapsedTime(wish.At) > AskAgainAfter))
            {
                (wish.On, wish.At) = (session, Stopwatch.GetTimestamp());
                session.Socket.Post(wish.Frame);
            }
        }
    }

    private sealed class Wish(string frame)
    {
        public string Frame => frame;

        public FaultSession? On { get; set; }

        public long At { get; set; }
    }
}
