// Sessions of dead nodes are closed, those of nodes that Redis was only away for are not.
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Cluster;

public sealed class DeadNodeReaperTests
{
    [Fact]
    public async Task Users_of_a_dead_node_are_closed_and_the_others_told()
    {
        await using var node = new NodeParts();
        using var stopping = new CancellationTokenSource();
        var self = await TakeAsync(node, "server-1");
        var dead = await TakeAsync(node, "server-2");
        var witness = await TakeAsync(node, "server-3");
        node.Status.Begin(self);
        node.Status.Enter(NodePhase.Serving, from: NodePhase.Starting);
        await node.Stored.OpenAsync(node.NewSession("bob", dead), CancellationToken.None);
        await node.Stored.OpenAsync(node.NewSession("bob", witness), CancellationToken.None);
        await node.ConnectAsync("bob", dead, witness);
        node.Status.Nodes = await node.Stored.ReadNodesAsync(CancellationToken.None);

        var reaping = new DeadNodeReaper(
            node.Registry, node.Bus, node.Sessions, node.RoomIntake, node.Teller, node.Status, node.Metrics, Options.Create(new SocketNodeOptions()), node.Time, NullLogger<DeadNodeReaper>.Instance)
            .RunAsync(stopping.Token);
        await node.AdvanceUntilAsync(
            () =>
            {
                node.Stored.RenewLeaseAsync(self, Info("server-1"), CancellationToken.None);
                node.Stored.RenewLeaseAsync(witness, Info("server-3"), CancellationToken.None);
                return node.Stored.Locate(new UserId("bob")).All(session => session.Node != dead) && !node.Bus.Notices.IsEmpty;
            },
            "bob's session on the dead node is closed");

        Assert.Equal([witness], node.Table.Find(new UserId("bob"))!.Elsewhere);
        Assert.Equal([(witness, (Notice)new Notice.Reaped(self, dead))], node.Bus.Notices);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reaping);
    }

    private static NodeInfo Info(string name) => new(new NodeId(name), "", "", 0, "", 0);

    private static async Task<NodeIncarnation> TakeAsync(NodeParts node, string name) =>
        Assert.IsType<LeaseAttempt.Taken>(await node.Stored.TakeLeaseAsync(Info(name), CancellationToken.None)).Incarnation;
}
