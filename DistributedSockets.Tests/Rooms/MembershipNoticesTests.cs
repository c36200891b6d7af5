// Other nodes hear that a user's rooms have changed, or are left word.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Rooms;

public sealed class MembershipNoticesTests
{
    private static readonly UserId Bob = new("bob");
    private static readonly RoomId Team = new("team");
    private static readonly NodeIncarnation Other = new(new NodeId("server-2"), 100);

    [Fact]
    public async Task Node_that_is_taken_for_dead_is_left_word()
    {
        await using var node = new NodeParts();
        node.Status.Nodes = new LivingNodes(Other.Number + 1, new Dictionary<NodeIncarnation, NodeInfo?>());

        await node.Memberships.TellAsync(Bob, Team, [node.NewSession("bob", Other), node.NewSession("bob")], except: null);
        await node.Missed.LeaveWordAsync(TestContext.Current.CancellationToken);

        Assert.DoesNotContain(node.Bus.Notices, told => told.Notice is Notice.Membership);
        Assert.Equal([Bob], await node.Kept.TakeMissedAsync(Other, 10, TestContext.Current.CancellationToken));
        Assert.Empty(await node.Kept.TakeMissedAsync(node.Self, 10, TestContext.Current.CancellationToken));
    }
}
