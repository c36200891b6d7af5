// What every inbox promises: it is visited as long as it needs that, and its books balance.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Redis;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class InboxContract
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_message_whose_time_is_over_expires_and_that_is_owed_to_its_sender()
    {
        var it = await CreateAsync();
        var reliable = Reliable("22") with { TtlSeconds = 1 };
        await it.StoreAsync(Message("1"), reliable, Message("3") with { TtlSeconds = 1 }, Reliable("4") with { TtlSeconds = 3600 });
        Assert.Equal(new Ledger(4, 0, 0, 0, 4), (await it.SweepAsync()).Ledger);
        await it.PassAsync(Second);

        var swept = await it.SweepAsync();

        Assert.Equal((new Ledger(4, 0, 2, 0, 2), true, 2L), (swept.Ledger, swept.Owes, swept.Expired));
        Assert.Equal([1, 4], (await it.ReadAsync()).Select(envelope => envelope.Seq));
        var owed = Assert.Single((await it.OwedAsync()).Owed);
        Assert.Equal((Alice, reliable.Id, 2L, ReceiptState.Expired, (DeviceId?)null), (owed.Sender, Assert.Single(owed.Messages), owed.Seq, owed.State, owed.Device));

        await it.AcknowledgeAsync(Phone, 4);
        Assert.Equal(new Ledger(4, 2, 2, 0, 0), (await it.SweepAsync()).Ledger);
        Assert.Equal([2, 4], (await it.OwedAsync()).Owed.Select(receipt => receipt.Seq));
    }

    [Fact]
    public async Task What_expires_makes_room()
    {
        var it = await CreateAsync(messages: 2, bytes: 3);
        await it.StoreAsync(Message("1") with { TtlSeconds = 1 }, Message("2"));
        await it.PassAsync(Second);

        await it.SweepAsync();

        Assert.Equal([PlacementKind.Stored], await it.TryStoreAsync(Message("33")));
    }

    [Fact]
    public async Task What_was_delivered_and_receipts_go_without_a_word()
    {
        var it = await CreateAsync(new InboxLimits { Retention = Second });
        await it.StoreAsync(Reliable("1"), Reliable("2") with { TtlSeconds = 3600 });
        await it.AcknowledgeAsync(Phone, 1);
        var page = await it.OwedAsync();
        await it.ReceiptAsync(page, page.Owed[0]);
        await it.PassAsync(Second + Moment);

        Assert.Equal(new Ledger(2, 1, 1, 0, 0), (await it.SweepAsync()).Ledger);
        Assert.Equal(new SweptInbox(Ledger.Empty, NextVisit: null, Owes: false, Expired: 0), await it.Upkeep.SweepAsync(Alice, CancellationToken));

        Assert.Empty(await it.ReadAsync());
        Assert.Empty(await it.ReadAsync(Alice));
        Assert.Equal([ReceiptState.Delivered, ReceiptState.Expired], (await it.OwedAsync()).Owed.Select(receipt => receipt.State));
        Assert.Equal(3, await it.StoreAsync(Messages(1)));
    }

    [Fact]
    public async Task A_user_is_visited_while_something_is_pending_or_owed_and_not_longer()
    {
        var it = await CreateAsync(new InboxLimits { VisitPeriod = Second, Retention = 2 * Second });
        Assert.Null(await it.DueVisitAsync());
        await it.StoreAsync(Reliable("1"));
        Assert.Null(await it.DueVisitAsync());

        await it.PassAsync(Second);
        var first = await it.DueVisitAsync();
        var swept = await it.VisitAsync(first);
        Assert.InRange(swept.NextVisit!.Value - first!.Due, 500, 2500);
        Assert.Null(await it.DueVisitAsync());

        await it.AcknowledgeAsync(Phone, 1);
        var page = await it.OwedAsync();
        await it.PassAsync(2 * Second + Moment);
        swept = await it.VisitAsync(await it.DueVisitAsync());
        Assert.Equal((true, true), (swept.Owes, swept.NextVisit is not null));

        await it.SettleAsync(page.Life, [.. page.Owed.Select(receipt => receipt.Number)]);
        await it.PassAsync(Second + Moment);
        Assert.Equal(new SweptInbox(new Ledger(1, 1, 0, 0, 0), NextVisit: null, Owes: false, Expired: 0), await it.VisitAsync(await it.DueVisitAsync()));
        Assert.Null(await it.DueVisitAsync());
    }

    [Fact]
    public async Task A_user_is_visited_by_the_time_that_something_expires()
    {
        var it = await CreateAsync(new InboxLimits { VisitPeriod = TimeSpan.FromHours(1) });
        await it.StoreAsync(Message("1"));
        await it.StoreAsync(Message("2") with { TtlSeconds = 2 });
        await it.StoreAsync(Message("3") with { TtlSeconds = 1 });

        await it.PassAsync(2 * Second);
        var visit = await it.DueVisitAsync();
        Assert.NotNull(visit);
        var swept = await it.VisitAsync(visit);

        Assert.Equal(2, swept.Ledger.Expired);
        Assert.InRange(swept.NextVisit!.Value - visit.Due, 3_000_000, 3_700_000);
    }

    [Fact]
    public async Task What_is_read_after_the_last_visit_is_visited_too()
    {
        var it = await CreateAsync(new InboxLimits { VisitPeriod = Second });
        await it.StoreAsync(Reliable("1"));
        await it.AcknowledgeAsync(Phone, 1);
        await it.SettleAsync((await it.OwedAsync()).Life, 1);
        await it.PassAsync(Second + Moment);
        await it.VisitAsync(await it.DueVisitAsync());
        Assert.Null(await it.DueVisitAsync());

        Assert.True(await it.MarkReadAsync(1));
        await it.PassAsync(Second + Moment);

        Assert.True((await it.VisitAsync(await it.DueVisitAsync())).Owes);
    }

    [Fact]
    public async Task Who_stores_while_a_visit_is_under_way_is_visited_again()
    {
        var it = await CreateAsync(new InboxLimits { VisitPeriod = Second, Retention = Second });
        await it.StoreAsync(Message("1"));
        await it.PassAsync(Second + Moment);
        var visit = await it.DueVisitAsync();
        var swept = await it.SweepAsync();
        Assert.Null(swept.NextVisit);

        await it.StoreAsync(Message("2"));
        await it.RescheduleAsync(visit!, swept);

        await it.PassAsync(Second + Moment);
        Assert.Equal(2, (await it.VisitAsync(await it.DueVisitAsync())).Ledger.Expired);
        Assert.Null(await it.DueVisitAsync());
    }

    [Fact]
    public async Task An_earlier_visit_that_was_entered_meanwhile_stays()
    {
        var it = await CreateAsync(new InboxLimits { VisitPeriod = TimeSpan.FromHours(1) });
        await it.StoreAsync(Message("1"), Message("2") with { TtlSeconds = 1 });
        await it.PassAsync(Second);
        var visit = await it.DueVisitAsync();
        var swept = await it.SweepAsync();

        await it.StoreAsync(Message("3") with { TtlSeconds = 1 });
        await it.RescheduleAsync(visit!, swept);
        await it.StoreAsync(Message("4") with { TtlSeconds = 1 });

        await it.PassAsync(2 * Second);
        Assert.Equal(3, (await it.VisitAsync(await it.DueVisitAsync())).Ledger.Expired);
    }

    [Fact]
    public async Task One_node_at_a_time_has_the_turn_of_a_shard()
    {
        var it = await CreateAsync();
        var other = new NodeIncarnation(new NodeId("server-2"), 1);
        Task<IReadOnlyList<DueVisit>?> TakeAsync(int shard, NodeIncarnation node) => it.Upkeep.TakeTurnAsync(shard, node, Second, 10, CancellationToken);

        Assert.NotNull(await TakeAsync(3, Node));
        Assert.Null(await TakeAsync(3, other));
        Assert.NotNull(await TakeAsync(3, Node));
        Assert.NotNull(await TakeAsync(4, other));
        await it.PassAsync(Second + Moment);
        Assert.NotNull(await TakeAsync(3, other));
        Assert.Null(await TakeAsync(3, Node));
    }

    [Fact]
    public async Task The_longest_due_come_first_and_no_more_than_asked_for()
    {
        var it = await CreateAsync(new InboxLimits { VisitPeriod = Second });
        var users = Enumerable.Range(0, 200).Select(number => new UserId($"user {number}")).Where(user => RedisKeys.Shard(user) == 5).Take(4).ToList();
        foreach (var user in users)
        {
            await it.Inbox.AppendAsync(user, Messages(1), CancellationToken);
            await it.PassAsync(TimeSpan.FromMilliseconds(5));
        }

        await it.PassAsync(Second);
        var due = await it.Upkeep.TakeTurnAsync(5, Node, Second, 3, CancellationToken);

        Assert.Equal(users.Take(3), due!.Select(visit => visit.User));
    }

    [Fact]
    public async Task Totals_are_those_of_the_last_visits_however_often_they_are_entered()
    {
        var it = await CreateAsync(new InboxLimits { VisitPeriod = Second });
        await it.StoreAsync(Messages(5));
        await it.AcknowledgeAsync(Phone, 2);
        Assert.Equal(Ledger.Empty, await it.LedgerAsync());
        var visit = new DueVisit(Bob, 1);
        var swept = await it.SweepAsync();

        await it.RescheduleAsync(visit, swept);
        await it.RescheduleAsync(visit, swept);
        await it.Upkeep.RescheduleAsync(RedisKeys.Shard(Carol), new DueVisit(Carol, 1), swept with { Ledger = new Ledger(10, 1, 2, 3, 3) }, CancellationToken);

        var totals = await it.LedgerAsync();
        Assert.Equal(new Ledger(15, 3, 2, 3, 6), totals);
        Assert.Equal(1, totals.Difference);
        await it.AcknowledgeAsync(Phone, 5);
        await it.RescheduleAsync(visit, await it.SweepAsync());
        Assert.Equal(new Ledger(15, 6, 2, 3, 3), await it.LedgerAsync());
    }
}
