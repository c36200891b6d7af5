// Where this device is in the inbox, or in a room's log: what it has seen, what the application is done with, what the node knows of it.
namespace DistributedSockets.Client.Receiving;

/// <summary>
/// A place in a log. What is at or below the last place seen was seen before. The application may be done with messages in any order;
/// what is acknowledged is everything before the first one it is not done with, and never more than this connection was sent.
/// </summary>
internal sealed class Place(Action moved)
{
    private readonly Lock _gate = new();
    private readonly Queue<Entry> _open = new();
    private long _seen;
    private long _here;
    private long _told;
    private int _life;

    /// <summary>What the numbers count in; null before the first welcome.</summary>
    public string? Epoch { get; private set; }

    /// <summary>The last one that the application is done with.</summary>
    public long Done { get; private set; }

    /// <summary>The id of that one, where it is known.</summary>
    public string? DoneMid { get; private set; }

    /// <summary>As it was when the client last ran.</summary>
    public void Restore(string? epoch, long done, string? mid)
    {
        lock (_gate)
        {
            (Epoch, Done, DoneMid, _seen) = (epoch, done, mid, done);
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
            var isNew = Epoch is not null && Epoch != epoch;
            if (Epoch != epoch)
            {
                Epoch = epoch;
                (_seen, Done, DoneMid) = (0, 0, null);
                _open.Clear();
                _life++;
            }

            var start = after ?? Done;
            (_here, _told) = (start, start);
            if (_open.Count == 0 && start > Done)
            {
                // What lies below was acknowledged by the device before, or is none of its business.
                (Done, DoneMid, _seen) = (start, null, Math.Max(_seen, start));
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
            var wasSeen = seq <= _seen;
            _here = Math.Max(_here, seq);
            if (!wasSeen)
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

    /// <summary>Something of one's own has a place there; the connection may acknowledge up to it.</summary>
    public void Reach(long seq)
    {
        lock (_gate)
        {
            _here = Math.Max(_here, seq);
        }
    }

    /// <summary>What the node does not know yet.</summary>
    public bool TryTell(out long seq)
    {
        lock (_gate)
        {
            seq = Math.Min(Done, _here);
            var isNews = seq > _told;
            _told = Math.Max(_told, seq);
            return isNews;
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
            var was = Done;
            while (_open.TryPeek(out var first) && first.IsDone)
            {
                _open.Dequeue();
                (Done, DoneMid) = (first.Seq, first.Mid);
            }

            if (Done == was)
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
        public bool IsCurrent => life == place._life;

        public void Finish() => place.Finish(this);
    }
}
