// A node whose process sleeps, as a laptop's or a starved machine's does, and wakes when others have taken over.
using System.Net;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(BreakableNodes.Name)]
public sealed class PausedNodeTests(BreakableNodesFixture fixture)
{
    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_node_that_slept_past_its_lease_delivers_nothing_more_and_begins_anew()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        await using var old = await Cluster.ConnectAsync(bob, node: 3);
        await sender.SendAsync(bob, "before");
        Assert.Equal("before", (await old.NextMessageAsync()).Body);
        var before = await Cluster.InfoAsync(3);

        ProcessSignal.Pause(before.Pid);
        try
        {
            // It still counts, so this lies on its queue or in its socket when it wakes.
            await sender.SendAsync(bob, "asleep");
            await Cluster.WhenGoneAsync(bob);
            await using var elsewhere = await Cluster.ConnectAsync(bob, node: 2);
            await sender.SendAsync(bob, "moved");
            Assert.Equal("moved", (await elsewhere.NextMessageAsync()).Body);

            ProcessSignal.Resume(before.Pid);
            Assert.Equal(1012, await old.WhenClosedAsync());
            Assert.Equal(["before"], old.Arrived.Select(PlainMessages.Body));
            await Eventually.IsAsync(async () => await Cluster.TryInfoAsync(3) is { } now && now.Incarnation > before.Incarnation, "node-3 has a new incarnation");
            await Cluster.WhenHealthAsync(3, HttpStatusCode.OK);
            Assert.Equal(before.Pid, (await Cluster.InfoAsync(3)).Pid);

            // The session that was opened elsewhere has outlived all this. What lay on the old queue may be passed on to it, late and once.
            await sender.SendAsync(bob, "still there");
            while ((await elsewhere.NextMessageAsync()).Body != "still there")
            {
                // "asleep", passed on.
            }

            string[] bodies = [.. elsewhere.Arrived.Select(PlainMessages.Body)];
            Assert.Equal(bodies.Distinct(), bodies);
        }
        finally
        {
            ProcessSignal.Resume(before.Pid);
        }

        await Cluster.WhenHealthyAsync();
    }

    [Fact]
    public async Task A_late_close_leaves_alone_what_was_opened_elsewhere_meanwhile()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        await using var old = await Cluster.ConnectAsync(bob, node: 3);
        var paused = await Cluster.InfoAsync(3);

        ProcessSignal.Pause(paused.Pid);
        try
        {
            old.Abort();
            await using var opened = await Cluster.ConnectAsync(bob, node: 2);
            ProcessSignal.Resume(paused.Pid);

            await Eventually.IsAsync(
                async () => (await Cluster.SessionsAsync(bob)).All(session => session.Node != paused.Self), "node-3 has closed its session");
            Assert.Equal((await Cluster.InfoAsync(2)).Self, Assert.Single(await Cluster.SessionsAsync(bob)).Node);
            await sender.SendAsync(bob, "here");
            Assert.Equal("here", (await opened.NextMessageAsync()).Body);
            Assert.Equal(paused.Incarnation, (await Cluster.InfoAsync(3)).Incarnation);
        }
        finally
        {
            ProcessSignal.Resume(paused.Pid);
        }
    }
}
