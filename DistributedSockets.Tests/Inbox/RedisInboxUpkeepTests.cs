// The upkeep of inboxes in Redis: nobody falls off the lists of visits, and one entry that has vanished shows.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Inbox;

public sealed class RedisInboxUpkeepTests(RedisFixture fixture) : IAsyncLifetime
{
    private const int Database = 13;

    private IConnectionMultiplexer _redis = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private IDatabase Raw => _redis.GetDatabase();

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    [Theory]
    [InlineData(10, 0, "0-7")]
    [InlineData(10, 5, "0-7")]
    [InlineData(10, 5, "0-2")]
    [InlineData(1500, 0, "0-7")]
    [InlineData(1500, 5, "0-2")]
    public async Task One_entry_that_has_vanished_shows_in_one_visit(int stored, int delivered, string vanished)
    {
        var it = Create();
        await it.StoreAsync(Messages(stored));
        await it.AcknowledgeAsync(Phone, delivered);
        Assert.Equal(new Ledger(stored, delivered, 0, 0, stored - delivered), (await it.SweepAsync()).Ledger);

        await Raw.StreamDeleteAsync(RedisKeys.Inbox(Bob), [vanished]);

        Assert.Equal(1, (await it.SweepAsync()).Ledger.Difference);
    }

    [Fact]
    public async Task A_counter_that_is_wrong_shows()
    {
        var it = Create();
        await it.StoreAsync(Messages(3));

        await Raw.HashIncrementAsync(RedisKeys.Meta(Bob), "accepted");

        Assert.Equal(1, (await it.SweepAsync()).Ledger.Difference);
    }

    [Fact]
    public async Task Much_that_is_due_takes_several_visits_at_once()
    {
        var it = Create(new InboxLimits { Retention = TimeSpan.FromMilliseconds(300) });
        await it.StoreAsync(Messages(600));
        await it.PassAsync(TimeSpan.FromMilliseconds(300));

        var first = await it.SweepAsync();
        var second = await it.SweepAsync();
        var third = await it.SweepAsync();

        Assert.Equal([256, 512, 600], [first.Ledger.Expired, second.Ledger.Expired, third.Ledger.Expired]);
        Assert.True(first.NextVisit <= second.NextVisit);
        Assert.Null(third.NextVisit);
        Assert.All([first, second, third], swept => Assert.Equal(0, swept.Ledger.Difference));
    }

    [Fact]
    public async Task Of_a_user_with_nothing_left_only_numbers_and_devices_stay()
    {
        var it = Create(new InboxLimits { Retention = TimeSpan.FromMilliseconds(300) });
        await it.BeginAsync(Phone, null, "t1");
        await it.StoreAsync(Reliable("1"), Reliable("2") with { TtlSeconds = 1 });
        await it.MarkReadAsync(1);
        await it.AcknowledgeAsync(Phone, 2);
        var page = await it.OwedAsync();
        await it.SettleAsync(page.Life, [.. page.Owed.Select(receipt => receipt.Number)]);
        await it.Receipts.AppendAsync(Bob, Alice, "life", page.Owed, CancellationToken);
        RedisKey[] passing =
        [
            RedisKeys.Inbox(Bob), RedisKeys.Senders(Bob), RedisKeys.Reads(Bob), RedisKeys.Receipted(Bob), RedisKeys.Owed(Bob),
        ];
        Assert.Equal(passing.Length, await Raw.KeyExistsAsync(passing));

        await it.SweepAsync();
        Assert.Equal(passing.Length - 1, await Raw.KeyExistsAsync(passing));
        await it.PassAsync(TimeSpan.FromMilliseconds(300));
        Assert.Null((await it.SweepAsync()).NextVisit);

        var keys = await _redis.GetServers()[0].KeysAsync(Database, "ds:{u:bob*").Select(key => key.ToString().Split("}:")[1].Split(':')[0]).ToListAsync(CancellationToken);
        Assert.Equal(["cursors", "ids", "meta", "resume"], keys.Order());
        Assert.Equal(5, await it.StoreAsync(Reliable("3")));
        Assert.True(await it.MarkReadAsync(5));
        Assert.Equal([5], (await it.OwedAsync()).Owed.Select(receipt => receipt.Number));
    }

    [Fact]
    public async Task Somebody_is_on_the_list_before_anything_is_stored()
    {
        var it = Create();
        await it.StoreAsync(Messages(1));
        var visits = RedisKeys.Visits(RedisKeys.Shard(Bob));
        var wanted = await Raw.SortedSetScoreAsync(visits, RedisKeys.Encode(Bob.Value));
        Assert.Equal(wanted, (double)await Raw.HashGetAsync(RedisKeys.Meta(Bob), "visit"));

        // What is certain is not entered again.
        await Raw.SortedSetRemoveAsync(visits, RedisKeys.Encode(Bob.Value));
        await it.StoreAsync(Messages(1));
        Assert.Null(await Raw.SortedSetScoreAsync(visits, RedisKeys.Encode(Bob.Value)));

        // Something that nobody has come for in ten periods is.
        await Raw.HashSetAsync(RedisKeys.Meta(Bob), "visit", 1_764_000_000_000);
        await it.StoreAsync(Messages(1));
        Assert.NotNull(await Raw.SortedSetScoreAsync(visits, RedisKeys.Encode(Bob.Value)));
    }

    [Fact]
    public async Task A_visit_that_was_registered_too_long_ago_is_not_relied_on()
    {
        var it = Create(new InboxLimits { VisitPeriod = TimeSpan.FromMilliseconds(1), Retention = TimeSpan.FromMilliseconds(1) });
        await it.StoreAsync(Messages(1));
        await it.PassAsync(TimeSpan.FromMilliseconds(600));
        var visit = await it.DueVisitAsync();
        Assert.Null((await it.VisitAsync(visit)).NextVisit);

        // Registered, then taken off the list by a visitor before the append comes.
        var answer = await Raw.ScriptEvaluateAsync(
            RedisScripts.Append,
            [RedisKeys.Meta(Bob), RedisKeys.Inbox(Bob), RedisKeys.Sessions(Bob), RedisKeys.Due(Bob)],
            [10, 10, "epoch", 1, 1, visit!.Due, 1, "", 0, 1, 0, "alice", "", "m", 1, 0, 6, "m", "m", "f", "alice", "b", "1"]);

        Assert.Equal("visit", answer[0].ToString());
        Assert.Empty(await it.ReadAsync());
    }

    [Fact]
    public async Task Visitor_who_came_for_another_callers_wish_takes_nobody_off_the_list()
    {
        var it = Create();
        var visits = RedisKeys.Visits(RedisKeys.Shard(Bob));
        var bob = RedisKeys.Encode(Bob.Value);
        var (calls, visit, swept) = (0, (DueVisit?)null, (SweptInbox?)null);

        await RedisVisits.EnsureAsync(Raw, Bob, async claim =>
        {
            if (++calls == 2)
            {
                // Held up between its two calls. Meanwhile somebody registers an earlier visit and dies, and a visitor comes for that one.
                await Raw.ScriptEvaluateAsync(RedisScripts.RegisterVisit, [visits], [bob, 1]);
                await it.PassAsync(TimeSpan.FromMilliseconds(600));
                visit = await it.DueVisitAsync();
                swept = await it.SweepAsync();
            }

            return await Raw.ScriptEvaluateAsync(
                RedisScripts.Append,
                [RedisKeys.Meta(Bob), RedisKeys.Inbox(Bob), RedisKeys.Sessions(Bob), RedisKeys.Due(Bob)],
                [10, 10, "epoch", 60_000, 60_000, claim.Registered, claim.Visits, "", 0, 1, 0, "alice", "", "m", 1, 0, 6, "m", "m", "f", "alice", "b", "1"]);
        });
        await it.RescheduleAsync(visit!, swept!);

        Assert.Single(await it.ReadAsync());
        Assert.NotNull(await Raw.SortedSetScoreAsync(visits, bob));
    }

    [Fact]
    public async Task Nobody_falls_off_the_lists_whoever_stores_and_visits_at_once()
    {
        var limits = new InboxLimits { VisitPeriod = TimeSpan.FromMilliseconds(1), Retention = TimeSpan.FromMilliseconds(1) };
        var it = Create(limits);
        UserId[] users = [.. Enumerable.Range(0, 60).Select(number => new UserId($"user {number}"))];
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken);

        var sweepers = Enumerable.Range(0, 3).Select(_ => SweepUntilAsync(it, stopping.Token)).ToList();
        await Task.WhenAll(users.Select(async user =>
        {
            for (var round = 0; round < 40; round++)
            {
                await it.Inbox.AppendAsync(user, Messages(1), CancellationToken);
                await Task.Delay(Random.Shared.Next(80), CancellationToken);
            }
        }));

        await Eventually.IsAsync(
            async () => (await it.LedgerAsync()).Expired == users.Length * 40,
            "every message was visited and has expired");
        await stopping.CancelAsync();
        await Task.WhenAll(sweepers);
        Assert.Equal(new Ledger(users.Length * 40, 0, users.Length * 40, 0, 0), await it.LedgerAsync());
    }

    private static async Task SweepUntilAsync(InboxUnderTest it, CancellationToken stopping)
    {
        for (var shard = 0; !stopping.IsCancellationRequested; shard = (shard + 1) % IInboxUpkeep.Shards)
        {
            // All under one name: so their visits overlap, as those of nodes do when a turn runs out.
            foreach (var visit in (await it.Upkeep.TakeTurnAsync(shard, Node, TimeSpan.FromSeconds(1), 100, CancellationToken))!)
            {
                await it.Upkeep.RescheduleAsync(shard, visit, await it.Upkeep.SweepAsync(visit.User, CancellationToken), CancellationToken);
            }
        }
    }

    private InboxUnderTest Create(InboxLimits? limits = null) => RedisInboxTests.Create(_redis, limits ?? new InboxLimits());
}
