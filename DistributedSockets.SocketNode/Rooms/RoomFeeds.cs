// The rooms that this node follows, since a connection here is in them.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// The rooms that this node follows, since a connection here is in them: the node listens to the shards of the bus that they are in, and for a while longer, since whoever
/// has lost a connection is soon back.
/// </summary>
internal sealed class RoomFeeds(IRoomLog log, INodeBus bus, NodeStatus status, TimeProvider time, ILogger<RoomFeeds> logger) : IDisposable
{
    private static readonly TimeSpan Afterlife = TimeSpan.FromSeconds(30);

    /// <summary>How long it is waited for the broker: who needs the room begins all the same then.</summary>
    private static readonly TimeSpan ListenLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<RoomId, Followed> _feeds = [];
    private readonly Dictionary<int, (int Feeds, Task Listening)> _shards = [];
    private readonly CancellationTokenSource _ending = new();
    private NodeIncarnation _self;

    /// <summary>What is known of the room here; null when no connection is in it.</summary>
    public RoomFeed? Find(RoomId room)
    {
        lock (_gate)
        {
            return _feeds.GetValueOrDefault(room)?.Feed;
        }
    }

    public IReadOnlyList<RoomFeed> Snapshot()
    {
        lock (_gate)
        {
            return [.. _feeds.Values.Select(followed => followed.Feed)];
        }
    }

    /// <summary>The rooms that a connection here is in now.</summary>
    public IReadOnlySet<RoomId> Occupied()
    {
        lock (_gate)
        {
            return _feeds.Where(known => known.Value.Seats > 0).Select(known => known.Key).ToHashSet();
        }
    }

    /// <summary>Follows the room until <see cref="Release"/>, once for each call. What is sent to the room from the completion on arrives here.</summary>
    /// <param name="late">Where the broker is away it completes all the same; this is called when the node hears of the room at last. What was sent before is nowhere but in the store.</param>
    public async Task<RoomFeed> AcquireAsync(RoomId room, Action late)
    {
        var (feed, listening) = Acquire(room);
        await listening.WaitAsync(ListenLimit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!listening.IsCompleted)
        {
            _ = CallAsync();
        }

        return feed;

        async Task CallAsync()
        {
            await listening;
            late();
        }
    }

    /// <summary>As <see cref="AcquireAsync"/>, without waiting: what is sent to the room arrives when the task completes.</summary>
    public (RoomFeed Feed, Task Listening) Acquire(RoomId room)
    {
        lock (_gate)
        {
            var self = Self();
            var shard = BusTopology.Shard(room);
            if (!_feeds.TryGetValue(room, out var followed))
            {
                var feed = new RoomFeed(room, log, seat => seat.Connection.Rooms.Restart(seat), time, logger, _ending.Token);
                _feeds.Add(room, followed = new Followed(feed));
                _shards[shard] = _shards.TryGetValue(shard, out var known) ? (known.Feeds + 1, known.Listening) : (1, bus.ListenAsync(self, shard));
            }

            followed.Seats++;
            return (followed.Feed, _shards[shard].Listening);
        }
    }

    public void Release(RoomFeed feed)
    {
        lock (_gate)
        {
            var followed = _feeds[feed.Room];
            followed.Seats--;
            followed.LeftAt = time.GetTimestamp();
        }
    }

    /// <summary>Follows no longer what nobody has come back to.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            var self = Self();
            foreach (var (room, _) in _feeds.Where(known => known.Value.Seats == 0 && time.GetElapsedTime(known.Value.LeftAt) > Afterlife).ToList())
            {
                _feeds.Remove(room);
                var shard = BusTopology.Shard(room);
                var (feeds, listening) = _shards[shard];
                _shards[shard] = (feeds - 1, listening);
                if (feeds == 1)
                {
                    _shards.Remove(shard);
                    bus.Ignore(self, shard);
                }
            }
        }
    }

    /// <summary>Nothing is read from logs any more.</summary>
    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    /// <summary>A node that begins again as another boot has another queue.</summary>
    private NodeIncarnation Self()
    {
        if (_self != status.Self)
        {
            var old = _self;
            _self = status.Self;
            foreach (var (shard, (feeds, _)) in _shards.ToList())
            {
                bus.Ignore(old, shard);
                _shards[shard] = (feeds, bus.ListenAsync(_self, shard));
            }
        }

        return _self;
    }

    private sealed class Followed(RoomFeed feed)
    {
        public RoomFeed Feed => feed;

        /// <summary>Connections that are in the room here.</summary>
        public int Seats { get; set; }

        public long LeftAt { get; set; }
    }
}
