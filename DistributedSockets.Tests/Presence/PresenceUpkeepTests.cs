// What is done later for presence: graces end, what was not told is fetched, lists of watchers are kept in line.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedSockets.Tests.Presence;

public sealed class PresenceUpkeepTests : IAsyncLifetime
{
    private static readonly UserId Bob = new("bob");
    private static readonly UserId Carol = new("carol");

    private readonly NodeParts _node = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<(UserId User, bool Online)> _shown = [];
    private FaultyPresence _presence = null!;
    private WatchKeeper _keeper = null!;
    private PresenceWatcher _watcher = null!;
    private Task _running = Task.CompletedTask;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _presence = new FaultyPresence(_node.Stored, _node.Store);
        _keeper = new WatchKeeper(_presence, _node.Watch, _node.Status, _node.Time, NullLogger<WatchKeeper>.Instance);
        _watcher = new PresenceWatcher(_node.Watch, states => _shown.AddRange(states.Select(state => (state.User, state.Online))));
        _node.Watch.TryAdd(_watcher, [Bob, Carol], most: 10);
        _node.Watch.Answer(_watcher, await _keeper.WatchAsync([Bob, Carol], CancellationToken), _ => { });
        _running = Task.WhenAll(_keeper.RunAsync(_stopping.Token), _node.Watch.RunAsync(_stopping.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        await _node.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task Nothing_is_asked_while_nothing_happens()
    {
        var asked = _node.Store.Count("WatchAsync");

        await _node.AdvanceUntilAsync(() => _node.Store.Count("TakeUnseenAsync") > 100, "a hundred turns pass");

        Assert.Equal((2, 2), (asked, _node.Store.Count("WatchAsync")));
    }

    [Fact]
    public async Task Everything_is_read_once_when_something_may_not_have_arrived()
    {
        await _node.Stored.OpenAsync(RegistryUnderTest.SessionOf(Bob, _node.Self), CancellationToken);
        await _node.Stored.OpenAsync(RegistryUnderTest.SessionOf(Carol, _node.Self), CancellationToken);
        _keeper.Request();

        await _node.AdvanceUntilAsync(() => _shown.Count == 2, "both are shown");
        Assert.Equal(4, _node.Store.Count("WatchAsync"));
    }

    [Fact]
    public async Task Of_whom_word_was_left_is_read_alone()
    {
        await _node.Stored.OpenAsync(RegistryUnderTest.SessionOf(Bob, _node.Self), CancellationToken);
        await _node.Stored.NoteUnseenAsync(_node.Self, [Bob, new UserId("somebody")], CancellationToken);

        await _node.AdvanceUntilAsync(() => _shown.Count == 1, "bob is shown");
        Assert.Equal([(Bob, true)], _shown);
        Assert.Equal(3, _node.Store.Count("WatchAsync"));
    }

    [Fact]
    public async Task Store_that_was_away_is_asked_again_until_it_answers()
    {
        await _node.Stored.OpenAsync(RegistryUnderTest.SessionOf(Bob, _node.Self), CancellationToken);
        _node.Store.FailNext("WatchAsync");
        _keeper.Request();

        await _node.AdvanceUntilAsync(() => _shown.Count == 1, "bob is shown");
    }

    [Fact]
    public async Task After_the_store_was_wiped_its_changes_are_heard_and_not_taken_for_old()
    {
        await _node.Stored.OpenAsync(RegistryUnderTest.SessionOf(Bob, _node.Self), CancellationToken);
        _keeper.Request();
        await _node.AdvanceUntilAsync(() => _shown.Count == 1, "bob is shown");
        var wiped = new InMemoryConnectionRegistry(new Microsoft.Extensions.Time.Testing.FakeTimeProvider(), TimeSpan.FromSeconds(6));
        var keeper = new WatchKeeper(wiped, _node.Watch, _node.Status, _node.Time, NullLogger<WatchKeeper>.Instance);
        var running = keeper.RunAsync(_stopping.Token);

        keeper.RequestWhenSettled();
        await _node.AdvanceUntilAsync(() => _shown.Count == 2, "the store's word is taken");
        Assert.Equal((Bob, false), _shown[^1]);
        var change = (await wiped.OpenAsync(RegistryUnderTest.SessionOf(Bob, _node.Self), CancellationToken)).Presence!;
        Assert.Equal([_node.Self], change.Watchers);
        _node.Watch.Take([change.State]);
        await _node.AdvanceUntilAsync(() => _shown.Count == 3, "bob is shown again");
        await _stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Whom_nobody_watches_any_more_is_taken_off_unless_somebody_has_begun_again()
    {
        _node.Watch.Remove(_watcher, [Bob, Carol]);
        _node.Watch.TryAdd(_watcher, [Carol], most: 10);
        await _keeper.WatchAsync([Carol], CancellationToken);

        await _node.AdvanceUntilAsync(() => _node.Store.Count("UnwatchAsync") > 0, "bob is taken off");

        Assert.Empty((await _node.Stored.SetStatusAsync(Bob, default, CancellationToken)).Watchers);
        Assert.Equal([_node.Self], (await _node.Stored.SetStatusAsync(Carol, default, CancellationToken)).Watchers);
    }

    [Fact]
    public async Task Grace_that_is_over_is_told_before_it_is_settled_and_one_that_is_not_is_looked_at_again()
    {
        var graces = new GraceKeeper(_presence, _node.Teller, NullLogger<GraceKeeper>.Instance);
        int[] shards = [.. new[] { Bob, Carol }.Select(RedisKeys.Shard).Distinct()];
        await LeaveAsync(Bob);
        _node.Time.Advance(PresenceRules.Grace * 0.6);
        var again = await LeaveAsync(Carol);
        await _node.Stored.OpenAsync(again with { Connection = ConnectionId.New() }, CancellationToken);
        _node.Time.Advance(PresenceRules.Grace);

        _node.Store.FailNext("SettleGraceAsync");
        await graces.EndDueAsync(shards, CancellationToken);
        await _node.AdvanceUntilAsync(() => _shown.Contains((Bob, false)) || _node.Watch.VersionOf(Bob) > 0, "bob's end is told");
        await graces.EndDueAsync(shards, CancellationToken);

        Assert.False((await _node.Stored.ReadAsync(Bob, CancellationToken)).Online);
        Assert.True((await _node.Stored.ReadAsync(Carol, CancellationToken)).Online);
        foreach (var shard in shards)
        {
            Assert.Empty(await _node.Stored.ReadDueAsync(shard, 10, CancellationToken));
        }
    }

    private async Task<Session> LeaveAsync(UserId user)
    {
        var session = RegistryUnderTest.SessionOf(user, _node.Self);
        await _node.Stored.OpenAsync(session, CancellationToken);
        await _node.Stored.CloseAsync(session, PresenceRules.Grace, CancellationToken);
        return session;
    }
}
