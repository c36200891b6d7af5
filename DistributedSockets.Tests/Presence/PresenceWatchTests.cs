// Who is shown what: the newest, at most once a second, and nothing twice.
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Presence;

public sealed class PresenceWatchTests : IAsyncLifetime
{
    private static readonly UserId Bob = new("bob");
    private static readonly UserId Carol = new("carol");

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly PresenceWatch _watch;
    private Task _running = Task.CompletedTask;

    public PresenceWatchTests() => _watch = new PresenceWatch(_time);

    public ValueTask InitializeAsync()
    {
        _running = _watch.RunAsync(_stopping.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        _stopping.Dispose();
    }

    [Fact]
    public void Changes_in_any_order_and_more_than_once_are_shown_once_and_never_backwards()
    {
        var (watcher, shown) = Watch(Bob);

        _watch.Take([State(Bob, 2, online: true)]);
        _watch.Take([State(Bob, 2, online: true), State(Bob, 1, online: false)]);

        Assert.Equal([2], shown);
        watcher.Dispose();
    }

    [Fact]
    public async Task At_most_one_a_second_is_shown_and_the_last_always()
    {
        var (_, shown) = Watch(Bob, Carol);
        for (var version = 1; version <= 20; version++)
        {
            _watch.Take([State(Bob, version, online: version % 2 == 1, status: $"{version}")]);
        }

        Assert.Equal([1], shown);
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Equal([1], shown);
        _watch.Take([State(Carol, 7, online: true)]);
        Assert.Equal([1, 7], shown);

        await AdvanceUntilAsync(() => shown.Count == 3);
        Assert.Equal([1, 7, 20], shown);
    }

    [Fact]
    public void What_came_and_went_within_the_second_is_not_shown()
    {
        var (_, shown) = Watch(Bob);
        _watch.Take([State(Bob, 1, online: true)]);
        _watch.Take([State(Bob, 2, online: false)]);
        _watch.Take([State(Bob, 3, online: true)]);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([1], shown);
        _watch.Take([State(Bob, 4, online: false)]);
        Assert.Equal([1, 4], shown);
    }

    [Fact]
    public void Nothing_is_shown_before_the_answer_which_has_the_newest()
    {
        var shown = new List<long>();
        var watcher = new PresenceWatcher(_watch, states => shown.AddRange(states.Select(state => state.Version)));
        _watch.TryAdd(watcher, [Bob], most: 10);
        _watch.Take([State(Bob, 5, online: true)]);
        Assert.Empty(shown);

        _watch.Answer(watcher, [State(Bob, 4, online: false)], newest => shown.AddRange(newest.Select(state => -state.Version)));
        _time.Advance(TimeSpan.FromSeconds(2));
        _watch.Take([State(Bob, 5, online: true)]);
        Assert.Equal([-5], shown);
    }

    [Fact]
    public void Each_watcher_is_shown_what_they_have_not_seen()
    {
        var (_, first) = Watch(Bob);
        _watch.Take([State(Bob, 1, online: true)]);
        var (_, second) = Watch(1, online: true, Bob);

        _time.Advance(TimeSpan.FromSeconds(2));
        _watch.Take([State(Bob, 2, online: false)]);

        Assert.Equal([1, 2], first);
        Assert.Equal([2], second);
    }

    [Fact]
    public void Many_who_change_at_once_are_shown_together()
    {
        UserId[] users = [.. Enumerable.Range(0, 500).Select(number => new UserId($"user-{number}"))];
        var shows = new List<int>();
        var watcher = new PresenceWatcher(_watch, states => shows.Add(states.Count));
        _watch.TryAdd(watcher, users, most: 500);
        _watch.Answer(watcher, [.. users.Select(user => State(user, 0, online: false))], _ => { });

        _watch.Take(users.Select(user => State(user, 1, online: true)));

        Assert.Equal([500], shows);
    }

    [Fact]
    public void Beyond_the_limit_nothing_is_done_and_who_is_watched_already_does_not_count()
    {
        var watcher = new PresenceWatcher(_watch, _ => { });

        Assert.Equal([Bob], _watch.TryAdd(watcher, [Bob], most: 2));
        Assert.Null(_watch.TryAdd(watcher, [Carol, new UserId("dave")], most: 2));
        Assert.Equal([Bob], _watch.Users);
        Assert.Equal([Carol], _watch.TryAdd(watcher, [Bob, Carol], most: 2));
    }

    [Fact]
    public void Whom_nobody_watches_any_more_is_told_once_and_so_is_who_was_never_watched()
    {
        var (first, _) = Watch(Bob, Carol);
        var (second, _) = Watch(Bob);
        first.Dispose();
        Assert.Equal([Carol], _watch.TakeLeft());

        second.Dispose();
        _watch.Take([State(new UserId("dave"), 1, online: true)]);
        Assert.Equivalent(new[] { Bob, new UserId("dave") }, _watch.TakeLeft(), strict: true);
        Assert.Empty(_watch.TakeLeft());
        Assert.Null(_watch.VersionOf(Bob));
    }

    [Fact]
    public void Whoever_ends_while_being_shown_something_harms_nobody()
    {
        PresenceWatcher? watcher = null;
        watcher = new PresenceWatcher(_watch, _ => watcher!.Dispose());
        _watch.TryAdd(watcher, [Bob, Carol], most: 10);
        _watch.Answer(watcher, [State(Bob, 0, online: false), State(Carol, 0, online: false)], _ => { });
        var (_, shown) = Watch(Bob);

        _watch.Take([State(Bob, 1, online: true), State(Carol, 1, online: true)]);

        Assert.Equal([1], shown);
        Assert.Equal([Bob], _watch.Users);
    }

    private static PresenceState State(UserId user, long version, bool online, string status = "") => new(user, version, online, version, Encoding.UTF8.GetBytes(status));

    private (PresenceWatcher Watcher, List<long> Shown) Watch(params UserId[] users) => Watch(0, online: false, users);

    /// <summary>Somebody who was answered with that version.</summary>
    private (PresenceWatcher Watcher, List<long> Shown) Watch(long version, bool online, params UserId[] users)
    {
        var shown = new List<long>();
        var watcher = new PresenceWatcher(_watch, states => shown.AddRange(states.Select(state => state.Version)));
        _watch.TryAdd(watcher, users, most: 1000);
        _watch.Answer(watcher, [.. users.Select(user => State(user, version, online))], _ => { });
        return (watcher, shown);
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.IsAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return condition();
        },
        "the last state is shown");
}
