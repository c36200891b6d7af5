// What arrives from other nodes for rooms.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Presence;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>Takes over what arrives from other nodes for rooms. Nothing in it throws.</summary>
internal sealed class RoomIntake(RoomFeeds feeds, RoomCommands commands, MembershipNotices notices, RoomCatchUp catchUp, RoomWatch watch, NodeStatus status)
{
    /// <summary>A room in which nobody here is any more shares its shard with others. What this node has sent itself it has handed out already.</summary>
    public async ValueTask TakeAsync(RoomBatch batch)
    {
        if (batch.From != status.Self && feeds.Find(batch.Room) is { } feed)
        {
            await status.WhenFreshAsync(CancellationToken.None);
            feed.Take(batch);
        }
    }

    public void Hear(Notice notice)
    {
        switch (notice)
        {
            case Notice.Reaped:
                // The dead node may have stored what it could not hand out any more.
                catchUp.Request();
                break;
            case Notice.Membership membership:
                // Each connection takes its turn and looks after its failures.
                _ = notices.RefreshAsync(membership.User);
                break;
            case Notice.RoomChanged changed:
                watch.Hear(changed.Room);
                break;
            case Notice.RoomRead read:
                commands.Hear(read);
                break;
            case Notice.RoomTyping typing when typing.From != status.Self && feeds.Find(typing.Room) is { } feed:
                RoomCommands.Show(feed, typing.User, typing.On);
                break;
        }
    }
}
