// What those who watch a room are shown of its members, and when.
using System.Collections.Concurrent;
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Presence;

public sealed class RoomWatchTests : IAsyncLifetime
{
    private static readonly RoomId Team = new("team");
    private static readonly UserId Bob = new("bob");
    private static readonly UserId Carol = new("carol");

    private readonly NodeParts _node = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private long _version = 1_900_000_000_000;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _running = Task.WhenAll(_node.RoomWatch.RunAsync(_stopping.Token), _node.Watch.RunAsync(_stopping.Token));
        await JoinAsync(Bob);
        await JoinAsync(Carol);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        _stopping.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Differences_come_at_most_once_a_second_and_the_last_state_always()
    {
        var (_, shown) = await WatchAsync();
        Assert.Empty(Assert.IsType<Push.RoomPresence>(Assert.Single(shown)).Online);
        var begun = _node.Time.GetUtcNow();
        for (var number = 1; number <= 40; number++)
        {
            Change(Bob, online: true, status: $"{number}");
            Change(Carol, online: number % 2 == 1);
            _node.Time.Advance(TimeSpan.FromMilliseconds(100));
        }

        await _node.AdvanceUntilAsync(() => Present(shown).GetValueOrDefault(Bob) == "40" && !Present(shown).ContainsKey(Carol), "the last state is shown");
        Assert.InRange(Changes(shown).Count, 1, (int)(_node.Time.GetUtcNow() - begun).TotalSeconds + 1);
    }

    [Fact]
    public async Task Whoever_comes_later_is_shown_what_the_others_were_and_then_the_same()
    {
        var (_, first) = await WatchAsync();
        Change(Bob, online: true);
        await _node.AdvanceUntilAsync(() => Changes(first).Count == 1, "the first is shown bob");
        Change(Carol, online: true);
        var (_, second) = await WatchAsync();
        await _node.AdvanceUntilAsync(() => Changes(first).Count == 2, "the first is shown carol");

        Assert.Equal([Bob], Assert.IsType<Push.RoomPresence>(second.First()).Online.Select(state => state.User));
        Assert.Equal([Carol], Assert.Single(Changes(second)).Joined.Select(state => state.User));
        Assert.Equal(Present(first), Present(second));
    }

    [Fact]
    public async Task Members_are_read_again_when_somebody_says_that_they_have_changed_or_their_version_does()
    {
        var (_, shown) = await WatchAsync();
        await JoinAsync(new UserId("dave"));
        _node.RoomWatch.Hear(Team);
        await _node.AdvanceUntilAsync(() => Changes(shown) is [{ Count: 3 }], "dave is a member");

        await _node.Rooms.Membership.LeaveAsync(Carol, Team, CancellationToken);
        await _node.RoomWatch.CheckAsync([Team, new RoomId("other")], CancellationToken);
        await _node.AdvanceUntilAsync(() => Changes(shown).LastOrDefault() is { Count: 2 }, "carol is none");
        await _node.AdvanceUntilAsync(() => _node.Watch.Users.ToHashSet().SetEquals([Bob, new UserId("dave")]), "who is watched follows");
    }

    [Fact]
    public async Task What_nobody_watches_any_more_is_let_go()
    {
        var (first, shown) = await WatchAsync();
        var (second, _) = await WatchAsync();
        first.End(Team);
        Change(Bob, online: true);
        await _node.AdvanceUntilAsync(() => _node.Watch.Users.Count == 2, "the other still watches");
        Assert.Empty(Changes(shown));

        second.Dispose();
        await _node.AdvanceUntilAsync(() => _node.Watch.Users.Count == 0, "nobody is watched");
        Assert.Equivalent(new[] { Bob, Carol }, _node.Watch.TakeLeft(), strict: true);
    }

    [Fact]
    public async Task Beyond_the_limit_nothing_is_done()
    {
        var watcher = new RoomWatcher(_node.RoomWatch, _ => { });
        Assert.True(_node.RoomWatch.TryAdd(watcher, Team, most: 1));
        Assert.True(_node.RoomWatch.TryAdd(watcher, Team, most: 1));
        Assert.False(_node.RoomWatch.TryAdd(watcher, new RoomId("other"), most: 1));
        Assert.Equal([Team], watcher.Rooms);
        Assert.Equal(RoomAnswer.Ended, await _node.RoomWatch.AnswerAsync(watcher, new RoomId("other"), id: null, () => Task.CompletedTask));
    }

    private static List<RoomDifference> Changes(IEnumerable<Push> shown) => [.. shown.OfType<Push.RoomPresenceChange>().Select(change => change.Difference)];

    /// <summary>Who is online, with their status, as whoever was shown that has to believe.</summary>
    private static Dictionary<UserId, string> Present(IEnumerable<Push> shown)
    {
        var present = new Dictionary<UserId, string>();
        foreach (var push in shown)
        {
            var (joined, left) = push is Push.RoomPresenceChange { Difference: var change } ? (change.Joined, change.Left) : (((Push.RoomPresence)push).Online, []);
            foreach (var state in joined)
            {
                present[state.User] = Encoding.UTF8.GetString(state.Status.Span);
            }

            foreach (var user in left)
            {
                Assert.True(present.Remove(user));
            }
        }

        return present;
    }

    private async Task<(RoomWatcher Watcher, ConcurrentQueue<Push> Shown)> WatchAsync()
    {
        var shown = new ConcurrentQueue<Push>();
        var watcher = new RoomWatcher(_node.RoomWatch, shown.Enqueue);
        Assert.True(_node.RoomWatch.TryAdd(watcher, Team, most: 10));
        Assert.Equal(RoomAnswer.Shown, await _node.RoomWatch.AnswerAsync(watcher, Team, "p1", () => Task.CompletedTask));
        return (watcher, shown);
    }

    private void Change(UserId user, bool online, string status = "") => _node.Watch.Take([new PresenceState(user, ++_version, online, _version, Encoding.UTF8.GetBytes(status))]);

    private Task<JoinedRoom> JoinAsync(UserId user) => _node.Rooms.Membership.JoinAsync(user, Team, CancellationToken);
}
