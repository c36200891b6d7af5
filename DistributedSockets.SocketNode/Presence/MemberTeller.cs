// Tells the nodes that watch a room that its members have changed.
using System.Threading.Channels;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>
/// Tells the nodes that watch a room that its members have changed: one broker message to the room's shard, again and again until the broker has it. What is lost all the same, since
/// this node has died, is found by the look of <see cref="RoomCatchUp"/>.
/// </summary>
internal sealed class MemberTeller(RoomWatch watch, INodeBus bus, NodeStatus status, TimeProvider time)
{
    /// <summary>Rooms that wait for their turn; then the oldest goes, and its watchers find out within a minute.</summary>
    private const int MaxWaiting = 10_000;

    /// <summary>Rooms that are told at once.</summary>
    private const int MostAtOnce = 100;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<RoomId> _waiting =
        Channel.CreateBounded<RoomId>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Returns at once: who joins or leaves does not wait for those who watch.</summary>
    public void Tell(RoomId room)
    {
        watch.Hear(room);
        _waiting.Writer.TryWrite(room);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var untold = new HashSet<RoomId>();
        while (untold.Count > 0 || await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            while (untold.Count < MostAtOnce && _waiting.Reader.TryRead(out var room))
            {
                untold.Add(room);
            }

            await Task.WhenAll(untold.ToList().Select(async room =>
            {
                var outcome = await bus.TellAsync(BusTopology.Shard(room), new Notice.RoomChanged(status.Self, room), cancellationToken);
                lock (untold)
                {
                    _ = outcome != PublishOutcome.Unknown && untold.Remove(room);
                }
            }));
            if (untold.Count > 0)
            {
                await Task.Delay(RetryDelay, time, cancellationToken);
            }
        }
    }
}
