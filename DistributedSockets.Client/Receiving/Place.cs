// Where this device is in the inbox, or in a room's log: what it has seen, what the application is done with, what the node knows of it.
namespace DistributedSockets.Client.Receiving;

/// <summary>What is kept of a place.</summary>
/// <param name="Epoch">What <paramref name="Done"/> counts in; null before the first welcome.</param>
/// <param name="Done">The last one that the application is done with.</param>
/// <param name="Mid">The id of that one, where it is known.</param>
internal readonly record struct Mark(string? Epoch, long Done, string? Mid);

/// <summary>
/// A place in a log. What is at or below the last place seen was seen before. The application may be done with messages in any order;
/// what is acknowledged is everything before the first one it is not done with, and never more than this connection was sent.
/// </summary>
internal sealed class Place(Action moved)
{
    private const int RecentMessages = 1_000;

    private readonly Lock _gate = new();
    private readonly Queue<Entry> _open = new();
    private readonly RecentIds _recent = new(RecentMessages);
    private Mark _mark;
    private long _seen;
    private long _here;
    private long _told;
    private int _life;

    public Mark Mark
    {
        get
        {
            lock (_gate)
            {
                return _mark;
            }
        }
    }

    /// <summary>As it was when the client last ran.</summary>
    public void Restore(Mark mark)
    {
        lock (_gate)
        {
            (_mark, _seen) = (mark, mark.Done);
        }
    }

    /// <summary>A connection begins, which is sent what is behind <paramref name="after"/>.</summary>
    /// <param name="epoch">The log's present one.</param>
    /// <param name="after">Null: what the application is done with.</param>
    /// <returns>Whether the log has begun anew, so that nobody can tell what is missing.</returns>
    public bool Begin(string epoch, long? after = null)
    {
        lock (_gate)
        {
            var isNew = _mark.Epoch is not null && _mark.Epoch != epoch;
            if (_mark.Epoch != epoch)
            {
                (_mark, _seen) = (new Mark(epoch, 0, null), 0);
                _open.Clear();
                _life++;
            }

            var start = after ?? _mark.Done;
            (_here, _told) = (start, start);
            if (_open.Count == 0 && start > _mark.Done)
            {
                // What lies below was acknowledged by the device before, or is none of its business.
                (_mark, _seen) = (new Mark(epoch, start, null), Math.Max(_seen, start));
            }

            return isNew;
        }
    }

    /// <summary>Something was sent.</summary>
    /// <returns>Null if it was seen before.</returns>
    public Entry? TryTake(long seq, string mid)
    {
        lock (_gate)
        {
            _here = Math.Max(_here, seq);
            if (seq > _seen)
            {
                _seen = seq;
                var entry = new Entry(this, _life, seq, mid);
                _open.Enqueue(entry);
                return entry;
            }
        }

        moved();
        return null;
    }

    /// <returns>False if the message is among the last ones, of whichever life of the log.</returns>
    public bool TrySee(string mid)
    {
        lock (_gate)
        {
            return _recent.TryAdd(mid);
        }
    }

    /// <summary>Something of one's own has a place there; the connection may acknowledge up to it.</summary>
    public void Reach(long seq)
    {
        lock (_gate)
        {
            _here = Math.Max(_here, seq);
        }
    }

    /// <summary>What the node does not know yet.</summary>
    public bool IsDue(out long seq)
    {
        lock (_gate)
        {
            seq = Math.Min(_mark.Done, _here);
            return seq > _told;
        }
    }

    /// <summary>The node is told.</summary>
    public void Tell(long seq)
    {
        lock (_gate)
        {
            _told = Math.Max(_told, seq);
        }
    }

    private void Finish(Entry entry)
    {
        lock (_gate)
        {
            if (entry.Life != _life)
            {
                return;
            }

            entry.IsDone = true;
            var was = _mark.Done;
            while (_open.TryPeek(out var first) && first.IsDone)
            {
                _open.Dequeue();
                _mark = _mark with { Done = first.Seq, Mid = first.Mid };
            }

            if (_mark.Done == was)
            {
                return;
            }
        }

        moved();
    }

    /// <summary>One that was sent and is not yet done with.</summary>
    internal sealed class Entry(Place place, int life, long seq, string mid)
    {
        public int Life => life;

        public long Seq => seq;

        public string Mid => mid;

        public bool IsDone { get; set; }

        /// <summary>Whether it lies in the log's present life.</summary>
        public bool IsCurrent => life == Volatile.Read(ref place._life);

        public void Finish() => place.Finish(this);
    }
}
