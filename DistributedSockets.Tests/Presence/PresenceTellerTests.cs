// Who watches is told, past the bus where need be; the dead are taken off.
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedSockets.Tests.Presence;

public sealed class PresenceTellerTests : IAsyncLifetime
{
    private static readonly UserId Bob = new("bob");

    private readonly NodeParts _node = new();
    private readonly CancellationTokenSource _stopping = new();
    private NodeIncarnation _other;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _other = Assert.IsType<LeaseAttempt.Taken>(await _node.Stored.TakeLeaseAsync(RegistryUnderTest.Info(new NodeId("server-2")), CancellationToken)).Incarnation;
        _node.Status.Nodes = await _node.Stored.ReadNodesAsync(CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _node.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task Many_changes_go_to_a_node_in_few_notices()
    {
        await using var other = await ConsumingNode.StartAsync(_node.Wire, _other);
        var changes = Enumerable.Range(0, 250).Select(number => Change(new UserId($"user-{number}"), _other)).ToList();

        await _node.Teller.TellAsync(changes, CancellationToken);

        var notices = _node.Bus.Notices.Select(notice => Assert.IsType<Notice.PresenceChanged>(notice.Notice).States.Count);
        Assert.Equal([50, 100, 100], notices.Order());
        Assert.Empty(await _node.Stored.TakeUnseenAsync(_other, 1000, CancellationToken));
    }

    [Fact]
    public async Task What_may_not_have_arrived_is_noted_for_the_node()
    {
        // Nobody listens there.
        await _node.Teller.TellAsync([Change(Bob, _other)], CancellationToken);

        Assert.Equal([Bob], await _node.Stored.TakeUnseenAsync(_other, 10, CancellationToken));
    }

    [Fact]
    public async Task Dead_node_is_told_nothing_and_taken_off()
    {
        var dead = NodeParts.Other(3);
        await _node.Stored.WatchAsync(dead, Bob, 0, CancellationToken);
        await _node.Stored.WatchAsync(_other, Bob, 0, CancellationToken);
        var change = await _node.Stored.SetStatusAsync(Bob, "1"u8.ToArray(), CancellationToken);

        await _node.Teller.TellAsync([change], CancellationToken);

        Assert.All(_node.Bus.Notices, notice => Assert.Equal(_other, notice.Target));
        Assert.Equal([_other], (await _node.Stored.SetStatusAsync(Bob, "2"u8.ToArray(), CancellationToken)).Watchers);
    }

    [Fact]
    public async Task Session_does_not_wait_and_what_could_be_neither_told_nor_noted_is_told_later()
    {
        var faulty = new FaultyPresence(_node.Stored, _node.Store);
        var teller = new PresenceTeller(faulty, _node.Watch, _node.Bus, _node.Status, _node.Metrics, _node.Time, NullLogger<PresenceTeller>.Instance);
        _node.Store.FailNext("NoteUnseenAsync");
        _node.Store.FailNext("NoteUnseenAsync");

        teller.Tell(Change(Bob, _other));
        var running = teller.RunAsync(_stopping.Token);

        await _node.AdvanceUntilAsync(() => _node.Store.Count("NoteUnseenAsync") == 3, "it is noted in the third attempt");
        Assert.Equal([Bob], await _node.Stored.TakeUnseenAsync(_other, 10, CancellationToken));
        await _stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static PresenceChange Change(UserId user, params NodeIncarnation[] watchers) => new(new PresenceState(user, 1, true, 1, default), watchers);
}
