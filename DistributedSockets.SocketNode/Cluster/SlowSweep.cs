// Looks at everything once in a while, a little at a time.
namespace DistributedSockets.SocketNode.Cluster;

/// <summary>Deals out everything once in so many turns, in about equal parts. For one loop.</summary>
/// <param name="all">Everything there is at the beginning of a sweep.</param>
internal sealed class SlowSweep<T>(int turns, Func<IReadOnlyList<T>> all)
{
    private readonly Queue<T> _rest = new();
    private int _size;

    public List<T> Next()
    {
        if (_rest.Count == 0)
        {
            foreach (var one in all())
            {
                _rest.Enqueue(one);
            }

            _size = (_rest.Count + turns - 1) / turns;
        }

        var part = new List<T>(_size);
        while (part.Count < _size && _rest.TryDequeue(out var one))
        {
            part.Add(one);
        }

        return part;
    }
}
