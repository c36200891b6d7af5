// How many connections are being opened at once, and how many there are.
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Limits;

/// <summary>
/// Lets in so many at once: opening a connection is the dearest thing that a node does, and after an outage all come together. Who is not let in is told to come again, each at
/// another time.
/// </summary>
internal sealed class Admission(IOptions<SocketNodeOptions> options)
{
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(9);

    private int _places;
    private int _opening;

    private LimitOptions Limits => options.Value.Limits;

    private int MostConnections => Limits.Connections > 0 ? Limits.Connections : OpenFiles.MostConnections;

    /// <summary>Takes a place for a connection; null, and why, where there is none.</summary>
    public Place? TryEnter(out Excess excess)
    {
        excess = default;
        var places = Interlocked.Increment(ref _places);
        var limit = places > MostConnections ? LimitNames.Connections
            : Interlocked.Increment(ref _opening) > Limits.ConnectsInProgress ? LimitNames.ConnectsInProgress
            : null;
        if (limit is null)
        {
            return new Place(this);
        }

        if (limit == LimitNames.ConnectsInProgress)
        {
            Interlocked.Decrement(ref _opening);
        }

        Interlocked.Decrement(ref _places);
        excess = new Excess(limit, Soonest + (Spread * Random.Shared.NextDouble()));
        return null;
    }

    /// <summary>A connection's place, from before it is opened until it is closed.</summary>
    internal sealed class Place(Admission admission) : IDisposable
    {
        private bool _isOpen;

        /// <summary>It is open: another one's turn.</summary>
        public void Opened()
        {
            if (!_isOpen)
            {
                _isOpen = true;
                Interlocked.Decrement(ref admission._opening);
            }
        }

        public void Dispose()
        {
            Opened();
            Interlocked.Decrement(ref admission._places);
        }
    }
}
