// When the messages were stored that a connection was sent last, by their seqs.
namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// When the messages were stored that a connection was sent last, by their seqs. Seqs and times rise together for as long as the store does not go back in time. Hints of several senders
/// overtake each other, so a number that was given out again may arrive behind a newer one: the last message alone would not show it.
/// </summary>
internal sealed class SentPlaces
{
    private const int Most = 32;

    private readonly (long Seq, long StoredAt)[] _places = new (long, long)[Most];
    private int _next;

    /// <param name="seq">Above all that were added before.</param>
    public void Add(long seq, long storedAt)
    {
        _places[_next] = (seq, storedAt);
        _next = (_next + 1) % Most;
    }

    /// <summary>When what has this seq was stored; 0 where that is not known any more.</summary>
    public long StoredAt(long seq)
    {
        foreach (var (sent, at) in _places)
        {
            if (sent == seq)
            {
                return at;
            }
        }

        return 0;
    }

    /// <summary>Whether what has this seq can't have been stored so late, unless the seq was given out twice.</summary>
    public bool IsReused(long seq, long storedAt)
    {
        foreach (var (sent, at) in _places)
        {
            if (sent >= seq && at > 0 && storedAt > at)
            {
                return true;
            }
        }

        return false;
    }
}
