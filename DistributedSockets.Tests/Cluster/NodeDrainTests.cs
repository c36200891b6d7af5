// How a node that stops empties: evenly over its window, to nodes that go on, and without waiting where waiting helps nobody.
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Cluster;

public sealed class NodeDrainTests : IAsyncDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly NodeParts _node = new();
    private readonly NodeDrain _drain;
    private readonly List<(DrainTurn Turn, TimeSpan At)> _turns = [];

    public NodeDrainTests()
    {
        var options = Options.Create(new SocketNodeOptions { Cluster = { DrainWindow = Window } });
        _drain = new NodeDrain(_node.Table, _node.Status, options, _node.Time, NullLogger<NodeDrain>.Instance);
        _node.Status.Enter(NodePhase.Stopping);
    }

    [Fact]
    public async Task Connections_leave_evenly_over_two_thirds_of_the_window()
    {
        See(Node(1, draining: true), Node(2));
        await ConnectAsync(20);

        await DrainAsync(leave: true);

        Assert.Equal(20, _turns.Select(turn => turn.Turn.Connection).Distinct().Count());
        Assert.All(_turns.Index(), turn => Assert.InRange(turn.Item.At, Window * (turn.Index / 30.0), Window * (turn.Index / 30.0) + TimeSpan.FromMilliseconds(100)));
        Assert.All(_turns, turn => Assert.Equal(Window - turn.At, turn.Turn.After));
    }

    [Fact]
    public async Task They_are_sent_to_all_nodes_that_go_on_and_to_no_other()
    {
        See(Node(1, draining: true), Node(2), Node(3, draining: true), Node(4), Node(5, url: ""));
        await ConnectAsync(20);

        await DrainAsync(leave: true);

        Assert.Equal(
            [("http://server-2", 10), ("http://server-4", 10)],
            _turns.CountBy(turn => turn.Turn.Url!).Select(count => (count.Key, count.Value)).Order());
    }

    [Fact]
    public async Task It_ends_as_soon_as_everybody_has_left()
    {
        See(Node(2));
        await ConnectAsync(2);

        var took = await DrainAsync(leave: true);

        // The second of two has its turn in the middle of the turns' share, two thirds.
        Assert.InRange(took, Window / 3, Window * 0.36);
    }

    [Fact]
    public async Task Who_does_not_leave_is_waited_for_until_the_end_of_the_window()
    {
        See(Node(2));
        await ConnectAsync(2);

        var took = await DrainAsync(leave: false);

        Assert.Equal(2, _turns.Count);
        Assert.InRange(took, Window, Window * 1.02);
    }

    [Fact]
    public async Task Where_all_others_drain_too_nobody_is_waited_for()
    {
        See(Node(1, draining: true), Node(2, draining: true), Node(3, draining: true));
        await ConnectAsync(20);

        Assert.InRange(await DrainAsync(leave: true), TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        Assert.Empty(_turns);
    }

    [Fact]
    public async Task Others_that_begin_to_drain_meanwhile_end_the_waiting()
    {
        See(Node(2));
        await ConnectAsync(20);
        var draining = DrainAsync(leave: true, onTurn: () =>
        {
            if (_turns.Count == 3)
            {
                See(Node(2, draining: true));
            }
        });

        Assert.InRange(await draining, TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(0.9));
        Assert.Equal(3, _turns.Count);
    }

    [Fact]
    public async Task While_redis_is_away_nobody_is_waited_for()
    {
        See(Node(2));
        _node.Status.IsStoreAway = true;
        await ConnectAsync(20);

        Assert.InRange(await DrainAsync(leave: true), TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        Assert.Empty(_turns);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private static (NodeIncarnation, NodeInfo) Node(int number, bool draining = false, string? url = null) =>
        (NodeParts.Other(number), new NodeInfo(NodeParts.Other(number).Node, url ?? $"http://server-{number}", "host", 1, "0.1.0", 0) { Draining = draining });

    /// <summary>The picture of the living nodes; the one that drains here is number 1.</summary>
    private void See(params (NodeIncarnation Node, NodeInfo Info)[] nodes) =>
        _node.Status.Nodes = new LivingNodes(0, nodes.ToDictionary(node => node.Node, node => (NodeInfo?)node.Info));

    private async Task ConnectAsync(int count)
    {
        for (var number = 1; number <= count; number++)
        {
            await _node.ConnectAsync($"user-{number}");
        }
    }

    /// <summary>
    /// Drains, with connections that leave when they are asked to or don't; how long it took by the node's clock. Off the test's own context each step of the clock runs what
    /// waits for it, so that nothing depends on the machine's speed.
    /// </summary>
    private Task<TimeSpan> DrainAsync(bool leave, Action? onTurn = null) => Task.Run(async () =>
    {
        var start = _node.Time.GetTimestamp();
        var draining = TakeTurnsAsync(start, leave, onTurn);
        while (!draining.IsCompleted)
        {
            Assert.True(_node.Time.GetElapsedTime(start) < 2 * Window, "the drain does not end");
            _node.Time.Advance(TimeSpan.FromMilliseconds(100));
        }

        await draining;
        return _node.Time.GetElapsedTime(start);
    });

    private async Task TakeTurnsAsync(long start, bool leave, Action? onTurn)
    {
        await foreach (var turn in _drain.TurnsAsync(CancellationToken.None))
        {
            _turns.Add((turn, _node.Time.GetElapsedTime(start)));
            onTurn?.Invoke();
            if (leave)
            {
                _node.Table.Remove(turn.Connection);
            }
        }
    }
}
