// The room that every ds.v1 connection is in.
using DistributedSockets.SocketNode.Cluster;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>
/// The room that every ds.v1 connection is in. The node follows it from its first such connection to its end, and so knows where the log ends: who has everything begins without asking the store.
/// </summary>
internal sealed class Everyone(IRoomLog log, RoomFeeds feeds, RoomCatchUp catchUp, NodeStatus status)
{
    private readonly Lock _gate = new();
    private Task<RoomFeed>? _following;

    /// <summary>Where the log ends, as far as this node has heard; the epoch is never null. Asks the store where nothing is known: at the beginning, and after the store has lost it.</summary>
    public async Task<LogEnd> ReadEndAsync()
    {
        var feed = await FollowAsync();
        if (feed.End is { Epoch: not null } known)
        {
            return known;
        }

        var start = await log.BeginAsync(RoomId.Everyone, user: null, default, since: null, CancellationToken.None);
        feed.Take(new RoomBatch(RoomId.Everyone, status.Self, start.End, []));
        return start.End;
    }

    private Task<RoomFeed> FollowAsync()
    {
        lock (_gate)
        {
            return _following ??= feeds.AcquireAsync(RoomId.Everyone, catchUp.Request);
        }
    }
}
