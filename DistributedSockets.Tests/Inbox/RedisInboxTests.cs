// The inbox in Redis keeps the contract, and its entries look as other readers expect them. Upkeep: RedisInboxUpkeepTests.cs.
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Inbox;

public sealed class RedisInboxTests(RedisFixture fixture) : InboxContract, IAsyncLifetime
{
    private const int Database = 12;

    private IConnectionMultiplexer _redis = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private IDatabase Raw => _redis.GetDatabase();

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    private protected override Task<InboxUnderTest> CreateAsync(InboxLimits limits) => Task.FromResult(Create(_redis, limits));

    internal static InboxUnderTest Create(IConnectionMultiplexer redis, InboxLimits limits) => new(
        new RedisInbox(redis, limits, Failpoints.None),
        new RedisReceipts(redis, limits, TimeProvider.System),
        new RedisInboxUpkeep(redis, limits),
        new RedisConnectionRegistry(redis, TimeSpan.FromSeconds(6)),
        length => PassAsync(redis, length));

    [Fact]
    public async Task An_inbox_starts_an_epoch_and_keeps_it()
    {
        var it = Create(_redis, new InboxLimits());
        var epoch = (await it.AppendAsync(Messages(1))).Epoch;
        Assert.Equal(epoch, (await it.AppendAsync(Messages(1))).Epoch);
        Assert.Equal(epoch, await Raw.HashGetAsync(RedisKeys.Meta(Bob), "epoch"));

        await Raw.KeyDeleteAsync([RedisKeys.Meta(Bob), RedisKeys.Inbox(Bob)]);
        Assert.NotEqual(epoch, (await it.AppendAsync(Messages(1))).Epoch);
    }

    [Fact]
    public async Task Entries_are_numbered_by_seq_look_as_documented_and_do_not_expire()
    {
        var it = Create(_redis, new InboxLimits());
        var (plain, full) = (Message("1"), Reliable("\"é\"", "my id") with { ContentType = "text/plain", TtlSeconds = 60 });
        var storedAt = (await it.AppendAsync(plain, full)).Placements[0].StoredAt;

        var entries = await Raw.StreamRangeAsync(RedisKeys.Inbox(Bob));

        Assert.Equal(["0-1", "0-2"], entries.Select(entry => entry.Id.ToString()));
        Assert.Equal(
            [("t", $"{storedAt}"), ("m", plain.Id.Value), ("f", "alice"), ("b", "1")],
            entries[0].Values.Select(field => (field.Name.ToString(), field.Value.ToString())));
        Assert.Equal(
            [("t", $"{storedAt}"), ("x", $"{storedAt + 60_000}"), ("m", full.Id.Value), ("f", "alice"), ("b", "\"é\""), ("i", "my id"), ("c", "text/plain")],
            entries[1].Values.Select(field => (field.Name.ToString(), field.Value.ToString())));
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Inbox(Bob)));
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Meta(Bob)));
        var day = RedisKeys.Ids(Bob, (int)(storedAt / (24 * 3600 * 1000) % RedisKeys.Days));
        Assert.True(await Raw.HashExistsAsync(day, EnvelopeHash.OfId(full)));
        Assert.InRange((await Raw.KeyTimeToLiveAsync(day))!.Value, InboxLimits.IdMemory, TimeSpan.FromHours(60));
    }

    [Fact]
    public async Task Numbers_go_on_after_an_inbox_was_emptied()
    {
        var it = Create(_redis, new InboxLimits());
        await it.StoreAsync(Messages(2));

        await Raw.StreamTrimAsync(RedisKeys.Inbox(Bob), 0);

        Assert.Equal(3, await it.StoreAsync(Messages(1)));
    }

    [Fact]
    public async Task Numbers_are_written_out_in_full_however_large()
    {
        var it = Create(_redis, new InboxLimits());
        const long Large = 123_456_789_012_345;
        await Raw.HashSetAsync(
            RedisKeys.Meta(Bob),
            [
                new("seq", Large), new("delivered", Large), new("accepted", Large), new("deliveredCount", Large), new("entries", Large), new("owed", Large), new("trimmed", Large),
            ]);

        Assert.Equal(Large + 1, await it.StoreAsync(Reliable("1") with { TtlSeconds = 60 }));
        var visited = await it.SweepAsync();
        await it.RescheduleAsync(new DueVisit(Bob, 1), visited);
        Assert.True(await it.MarkReadAsync(Large + 1));
        Assert.True(await it.AcknowledgeAsync(DeviceId.Plain, Large + 1));

        Assert.Equal(Large + 1, Assert.Single(await it.ReadAsync(after: Large)).Seq);
        Assert.Equal(Large + 1, await it.CursorAsync(DeviceId.Plain));
        Assert.Equal((Large + 1, 0L), ((long)await Raw.HashGetAsync(RedisKeys.Meta(Bob), "deliveredCount"), await Raw.SortedSetLengthAsync(RedisKeys.Due(Bob))));
        Assert.Equal(Large + 1, (await it.LedgerAsync()).Accepted);
        Assert.Equal([Large + 2, Large + 3], (await it.OwedAsync()).Owed.Select(receipt => receipt.Number));
        Assert.Equal([Large + 1, Large + 1], (await it.OwedAsync()).Owed.Select(receipt => receipt.Seq));
        var page = await it.OwedAsync();
        await it.ReceiptAsync(page, [.. page.Owed]);
        Assert.Empty((await it.ReceiptAsync(page, [.. page.Owed])).Receipts);
        Assert.Equal(Large + 1, (await it.BeginAsync(Phone, null, "t1")).After);
        Assert.Equal(Large + 1, await it.CursorAsync(Phone));
    }

    [Fact]
    public async Task What_a_read_mark_looks_through_has_no_bodies_and_goes_with_the_messages()
    {
        var it = Create(_redis, new InboxLimits());
        const int Count = InboxLimits.KeptBelowDelivered + 500;
        await it.StoreAsync(Reliable("1"), Reliable("2"), Message("3"), Reliable("4"), Reliable("5", from: Carol));
        var senders = await Raw.StreamRangeAsync(RedisKeys.Senders(Bob));
        Assert.Equal(["0-2", "0-4", "0-5"], senders.Select(row => row.Id.ToString()));
        Assert.Equal([("f", "alice"), ("n", "2")], senders[0].Values.Select(field => (field.Name.ToString(), field.Value.ToString())));

        foreach (var batch in Enumerable.Range(0, Count).Select(_ => Reliable("6")).Chunk(100))
        {
            await it.StoreAsync(batch);
        }

        await it.AcknowledgeAsync(Phone, Count);
        var first = (await it.ReadAsync())[0].Seq;
        Assert.InRange(first, 2, Count - InboxLimits.KeptBelowDelivered + 1);
        var rows = (await Raw.StreamRangeAsync(RedisKeys.Senders(Bob))).Select(StoredEnvelope.ReadNumber).ToList();
        Assert.InRange(rows[0], first, first + 99);
        Assert.Equal(Count + 5, rows[^1]);
    }

    [Fact]
    public async Task What_a_read_mark_looks_through_goes_with_what_expires()
    {
        var it = Create(_redis, new InboxLimits());
        await it.StoreAsync(Reliable("1") with { TtlSeconds = 1 }, Reliable("2") with { TtlSeconds = 1 });
        await it.StoreAsync(Reliable("3") with { TtlSeconds = 1 }, Reliable("4"));

        await it.PassAsync(TimeSpan.FromSeconds(1));
        await it.SweepAsync();

        Assert.Equal(["0-4"], (await Raw.StreamRangeAsync(RedisKeys.Senders(Bob))).Select(row => row.Id.ToString()));
        Assert.True(await it.MarkReadAsync(4));
    }

    [Fact]
    public async Task Holes_neither_end_a_page_nor_fill_the_inbox()
    {
        var it = Create(_redis, new InboxLimits(Messages: 3, Bytes: 10));
        await it.StoreAsync(Message("11"), Message("222"), Message("3333"));
        await Raw.StreamDeleteAsync(RedisKeys.Inbox(Bob), ["0-2", "0-3"]);

        var page = await it.Inbox.ReadAsync(Bob, 0, 1, CancellationToken);
        Assert.True(page.AtEnd);

        await it.AcknowledgeAsync(DeviceId.Plain, 3);
        Assert.Equal(0, (long)await Raw.HashGetAsync(RedisKeys.Meta(Bob), "bytes"));
        await it.StoreAsync(Message("444"), Message("444"), Message("4444"));
    }

    [Fact]
    public async Task A_cursor_beyond_the_end_starts_at_the_end_and_moves_again()
    {
        var it = Create(_redis, new InboxLimits());
        await it.StoreAsync(Messages(3));
        await it.AcknowledgeAsync(DeviceId.Plain, 3);
        await it.AcknowledgeAsync(Phone, 3);

        await Raw.KeyDeleteAsync([RedisKeys.Meta(Bob), RedisKeys.Inbox(Bob)]);
        await it.StoreAsync(Messages(1));

        Assert.Equal(1, await it.CursorAsync(DeviceId.Plain));
        Assert.Equal(1, (await it.BeginAsync(Phone, null, "t1")).After);
        await it.StoreAsync(Messages(1));
        await it.AcknowledgeAsync(DeviceId.Plain, 2);
        Assert.Equal((2L, 1L), (await it.CursorAsync(DeviceId.Plain), await it.CursorAsync(Phone)));
        Assert.Equal(2, await it.CursorAsync(Tablet));
    }

    [Fact]
    public async Task After_a_wipe_a_device_is_told_and_misses_nothing()
    {
        var it = Create(_redis, new InboxLimits());
        var epoch = (await it.AppendAsync(Messages(3))).Epoch;
        await it.BeginAsync(Phone, null, "t1");
        await it.AcknowledgeAsync(Phone, 3);

        await _redis.GetServers()[0].FlushDatabaseAsync(Database);
        await it.StoreAsync(Messages(1));
        var start = await it.BeginAsync(Phone, "t1", "t2", epoch, 3);

        Assert.Equal(new InboxStart(0, 1, start.Epoch, ResumeFailure.Epoch, Gap: null, IsKnown: false), start);
        Assert.NotEqual(epoch, start.Epoch);
    }

    [Fact]
    public async Task A_store_that_has_gone_back_in_time_is_found_out_by_who_knows_more()
    {
        var it = Create(_redis, new InboxLimits());
        var epoch = (await it.AppendAsync(Messages(3))).Epoch;
        await it.BeginAsync(Phone, null, "t1");
        await it.BeginAsync(Tablet, null, "t1");
        var (meta, inbox) = (await Raw.KeyDumpAsync(RedisKeys.Meta(Bob)), await Raw.KeyDumpAsync(RedisKeys.Inbox(Bob)));
        var lost = Messages(2);
        await it.StoreAsync(lost);
        await it.AcknowledgeAsync(Tablet, 5);

        await Raw.KeyDeleteAsync([RedisKeys.Meta(Bob), RedisKeys.Inbox(Bob)]);
        await Raw.KeyRestoreAsync(RedisKeys.Meta(Bob), meta!);
        await Raw.KeyRestoreAsync(RedisKeys.Inbox(Bob), inbox!);
        await it.StoreAsync(Messages(1));

        var phone = await it.BeginAsync(Phone, "t1", "t2", epoch, 4, lost[0].Id.Value);
        Assert.Equal((ResumeFailure.Epoch, 0L, 4L), (phone.Reason, phone.After, phone.Seq));
        Assert.NotEqual(epoch, phone.Epoch);
        var tablet = await it.BeginAsync(Tablet, "t1", "t2", epoch, 5, lost[1].Id.Value);
        Assert.Equal((ResumeFailure.Epoch, 4L, phone.Epoch), (tablet.Reason, tablet.After, tablet.Epoch));
    }

    [Fact]
    public async Task Outcomes_of_a_store_that_has_gone_back_in_time_pass_for_no_others()
    {
        var it = Create(_redis, new InboxLimits());
        var epoch = (await it.AppendAsync(Reliable("1"), Reliable("2"))).Epoch;
        RedisKey[] kept = [RedisKeys.Meta(Bob), RedisKeys.Inbox(Bob), RedisKeys.Senders(Bob)];
        var dumps = await Task.WhenAll(kept.Select(key => Raw.KeyDumpAsync(key)));
        await it.AcknowledgeAsync(Phone, 1);
        var lost = await it.OwedAsync();
        Assert.Single((await it.ReceiptAsync(lost, [.. lost.Owed])).Receipts);

        // Of a cluster, Bob's part goes back and Alice's does not.
        await Raw.KeyDeleteAsync([.. kept, RedisKeys.Owed(Bob), RedisKeys.Cursors(Bob)]);
        await Task.WhenAll(kept.Zip(dumps, (key, dump) => Raw.KeyRestoreAsync(key, dump!)));
        await it.Inbox.RenewEpochAsync(Bob, epoch, CancellationToken);
        await it.AcknowledgeAsync(Phone, 2);

        var page = await it.OwedAsync();
        Assert.True(page.Owed[0].Number > lost.Owed[^1].Number);
        Assert.Single((await it.ReceiptAsync(page, [.. page.Owed])).Receipts);
        await it.SettleAsync(page.Life, [.. page.Owed.Select(receipt => receipt.Number)]);
        Assert.Empty((await it.OwedAsync()).Owed);
    }

    [Fact]
    public async Task A_token_is_kept_as_a_hash_with_its_end()
    {
        var it = Create(_redis, new InboxLimits());
        await it.BeginAsync(Phone, null, "secret");
        await it.BeginAsync(Phone, "secret", "next");
        var field = RedisKeys.DeviceField(Phone);
        var kept = (await Raw.HashGetAsync(RedisKeys.Resume(Bob), field)).ToString().Split(' ');

        Assert.Equal([EnvelopeHash.OfToken("next"), EnvelopeHash.OfToken("secret")], [kept[0], kept[2]]);
        Assert.InRange((await Raw.KeyTimeToLiveAsync(RedisKeys.Resume(Bob)))!.Value, TimeSpan.FromDays(29.9), InboxLimits.TokenLife);
        Assert.Equal(30 * 24 * 3600 - 60, (long.Parse(kept[1], null) - long.Parse(kept[3], null)) / 1000);

        await Raw.HashSetAsync(RedisKeys.Resume(Bob), field, $"{kept[0]} 1 {kept[2]} 1");
        Assert.Equal(ResumeFailure.Expired, (await it.BeginAsync(Phone, "secret", "t3")).Reason);
        await Raw.HashSetAsync(RedisKeys.Resume(Bob), field, $"{kept[0]} 1 {kept[2]} 1");
        Assert.Equal(ResumeFailure.Expired, (await it.BeginAsync(Phone, "next", "t4")).Reason);
    }

    [Fact]
    public async Task All_keys_of_a_user_lie_in_the_users_slot()
    {
        var it = Create(_redis, new InboxLimits());
        await it.StoreAsync(Reliable("1"), Reliable("2") with { TtlSeconds = 60 });
        await it.BeginAsync(Phone, null, "t1");
        await it.MarkReadAsync(2);
        await it.AcknowledgeAsync(Phone, 1);
        var page = await it.OwedAsync();
        await it.ReceiptAsync(page, page.Owed[0]);
        await it.VisitAsync(new DueVisit(Bob, 1));
        await it.DueVisitAsync();

        var keys = await _redis.GetServers()[0].KeysAsync(Database).Select(key => key.ToString()).ToListAsync(CancellationToken);

        string[] slots = ["ds:{u:bob%20%7Bb%3A%D0%B1%7D}:", "ds:{u:alice}:", $"ds:{{due:{RedisKeys.Shard(Bob)}}}:", $"ds:{{due:{RedisKeys.Shard(Alice)}}}:"];
        Assert.All(keys, key => Assert.Contains(slots, slot => key.StartsWith(slot, StringComparison.Ordinal)));
        Assert.Equal(9, keys.Count(key => key.StartsWith(slots[0], StringComparison.Ordinal)));
        Assert.All(typeof(RedisScripts).GetFields(), script => Assert.DoesNotContain("ds:", ((RedisScript)script.GetValue(null)!).Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_Redis_it_says_so()
    {
        await using var nobody = await RedisFixture.ConnectToNobodyAsync();
        var it = Create(nobody, new InboxLimits());

        var exception = await Assert.ThrowsAsync<InboxUnavailableException>(() => it.CursorAsync(Phone));
        Assert.IsType<RedisConnectionException>(exception.InnerException);
        await Assert.ThrowsAsync<InboxUnavailableException>(() => it.AppendAsync(Messages(1)));
        await Assert.ThrowsAsync<InboxUnavailableException>(() => it.OwedAsync());
        await Assert.ThrowsAsync<InboxUnavailableException>(() => it.SweepAsync());
    }

    /// <summary>The store's own clock is the event that is waited for.</summary>
    private static async Task PassAsync(IConnectionMultiplexer redis, TimeSpan length)
    {
        var server = redis.GetServers()[0];
        var end = await server.TimeAsync() + length;
        while (await server.TimeAsync() < end)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken);
        }
    }
}
