// The list of the rooms that connections of a node are in follows them, also through a store that was away or has forgotten it.
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedSockets.Tests.Rooms;

public sealed class RoomListerTests : IAsyncDisposable
{
    private static readonly RoomId Team = new("team");

    private readonly NodeParts _node = new();
    private readonly CancellationTokenSource _ending = new();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_follows_who_comes_into_rooms_and_leaves_them()
    {
        var running = await BeginAsync();
        var (feed, _) = _node.Feeds.Acquire(Team);
        _node.Feeds.Acquire(new RoomId("lobby"));
        await WhenListedAsync("lobby", "team");

        _node.Feeds.Release(feed);
        await WhenListedAsync("lobby");
        await EndAsync(running);
    }

    [Fact]
    public async Task What_could_not_be_noted_or_was_forgotten_is_noted_again()
    {
        var running = await BeginAsync();
        _node.Store.Cut();
        _node.Feeds.Acquire(Team);
        _node.Time.Advance(TimeSpan.FromSeconds(3));
        _node.Store.Restore();
        await WhenListedAsync("team");

        await _node.Stored.NoteRoomsAsync(_node.Status.Self, [], [Team], CancellationToken);
        await WhenListedAsync("team");
        await EndAsync(running);
    }

    public async ValueTask DisposeAsync()
    {
        _ending.Dispose();
        await _node.DisposeAsync();
    }

    private async Task<Task> BeginAsync()
    {
        var taken = Assert.IsType<LeaseAttempt.Taken>(await _node.Stored.TakeLeaseAsync(_node.Identity.Info, CancellationToken));
        _node.Status.Begin(taken.Incarnation);
        return new RoomLister(_node.Feeds, _node.Registry, _node.Status, _node.Time, NullLogger<RoomLister>.Instance).RunAsync(_ending.Token);
    }

    private async Task EndAsync(Task running)
    {
        await _ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Each look is a second later: a forgotten list is noticed with the reminder, a minute on.</summary>
    private Task WhenListedAsync(params string[] rooms) => Eventually.IsAsync(
        async () =>
        {
            _node.Time.Advance(TimeSpan.FromSeconds(1));
            await _node.Stored.RenewLeaseAsync(_node.Status.Self, _node.Identity.Info, CancellationToken);
            var page = await _node.Stored.ListRoomsAsync(new ListQuery("", null, 10), CancellationToken);
            return page.Items.Select(room => room.Value).SequenceEqual(rooms);
        },
        $"the rooms are {string.Join(", ", rooms)}");
}
