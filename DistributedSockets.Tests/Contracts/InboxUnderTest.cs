// Inboxes with all that hangs on them, and the words that their tests are written in.
using System.Text;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Contracts;

/// <summary>Inboxes with all that hangs on them, and the words that their tests are written in.</summary>
/// <param name="PassAsync">Lets the store's clock go on by that much at least.</param>
internal sealed record InboxUnderTest(IInbox Inbox, IReceipts Receipts, IInboxUpkeep Upkeep, IConnectionRegistry Registry, Func<TimeSpan, Task> PassAsync)
{
    public static readonly UserId Alice = new("alice");
    public static readonly UserId Bob = new("bob {b:б}");
    public static readonly UserId Carol = new("carol");
    public static readonly DeviceId Phone = new("phone");
    public static readonly DeviceId Tablet = new("tab{let}:1");
    public static readonly NodeIncarnation Node = new(new NodeId("server-1"), 1_764_000_000_000);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public static Envelope Message(string body, UserId? from = null) =>
        new(MessageId.New(TimeProvider.System), from ?? Alice, Bob, Encoding.UTF8.GetBytes(body), 1_764_000_012_345);

    public static Envelope[] Messages(int count) => [.. Enumerable.Range(1, count).Select(number => Message($"\"{number}\""))];

    public static Envelope Reliable(string body, string? id = null, UserId? from = null) => Message(body, from) with { ClientId = id ?? Guid.NewGuid().ToString() };

    /// <summary>Stores messages, whose copies are carried at once.</summary>
    public async Task<Appended> AppendAsync(params Envelope[] envelopes)
    {
        var appended = await AppendOnlyAsync(envelopes);
        var page = await OwedAsync(int.MaxValue - 1);
        long[] copies = [.. page.Owed.Where(owed => owed.State == ReceiptState.Copy).Select(owed => owed.Number)];
        if (copies.Length > 0)
        {
            await SettleAsync(page.Life, copies);
        }

        return appended;
    }

    /// <summary>Stores messages, whose copies stay owed.</summary>
    public Task<Appended> AppendOnlyAsync(params Envelope[] envelopes) => Inbox.AppendAsync(Bob, envelopes, CancellationToken);

    /// <summary>Stores messages that must find room.</summary>
    public async Task<long> StoreAsync(params Envelope[] envelopes)
    {
        var appended = await AppendAsync(envelopes);
        Assert.All(appended.Placements, placement => Assert.Equal(PlacementKind.Stored, placement.Kind));
        return appended.Placements[0].Seq;
    }

    public async Task<IReadOnlyList<PlacementKind>> TryStoreAsync(params Envelope[] envelopes) =>
        [.. (await AppendAsync(envelopes)).Placements.Select(placement => placement.Kind)];

    public async Task<IReadOnlyList<Envelope>> ReadAsync(UserId? user = null, long after = 0) =>
        (await Inbox.ReadAsync(user ?? Bob, after, int.MaxValue - 1, CancellationToken)).Envelopes;

    public async Task<long> CursorAsync(DeviceId device) => (await Inbox.ReadCursorAsync(Bob, device, CancellationToken)).Seq;

    /// <returns>Whether outcomes are owed: the oldest of them, as they are read.</returns>
    public async Task<bool> AcknowledgeAsync(DeviceId device, long seq)
    {
        var (page, read) = (await Inbox.AcknowledgeAsync(Bob, device, null, seq, CancellationToken), await OwedAsync(OwedPage.Size));
        Assert.Equal(read.Owed.Select(owed => (owed.Number, owed.Seq, owed.Sender)), page.Owed.Select(owed => (owed.Number, owed.Seq, owed.Sender)));
        Assert.Equal((read.Life, read.AtEnd), (page.Life, page.AtEnd));
        return page.Owed.Count > 0;
    }

    public async Task AcknowledgeOneByOneAsync(DeviceId device, long last)
    {
        for (var seq = 1; seq <= last; seq++)
        {
            await AcknowledgeAsync(device, seq);
        }
    }

    public Task<InboxStart> BeginAsync(DeviceId device, string? token, string next, string? epoch = null, long? ack = null, string? id = null) =>
        Inbox.BeginAsync(Bob, device, new ResumeClaim(token, next, epoch, ack, id), CancellationToken);

    public Task<OwedPage> OwedAsync(int limit = 1000, long after = 0) => Receipts.ReadOwedAsync(Bob, after, limit, CancellationToken);

    public Task<ReceiptsAppended> ReceiptAsync(OwedPage page, params OwedReceipt[] owed) => Receipts.AppendAsync(Alice, Bob, page.Life, owed, CancellationToken);

    public Task SettleAsync(string life, params long[] numbers) => Receipts.SettleAsync(Bob, life, numbers, CancellationToken);

    public Task<bool> MarkReadAsync(long upto, UserId? from = null, string? epoch = null) => Receipts.MarkReadAsync(Bob, from ?? Alice, epoch, upto, CancellationToken);

    public Task<SweptInbox> SweepAsync() => Upkeep.SweepAsync(Bob, CancellationToken);

    /// <summary>The visit of Bob that is due now; null when none is.</summary>
    public async Task<DueVisit?> DueVisitAsync()
    {
        var due = await Upkeep.TakeTurnAsync(RedisKeys.Shard(Bob), Node, TimeSpan.FromSeconds(3), 100, CancellationToken);
        return Assert.IsAssignableFrom<IReadOnlyList<DueVisit>>(due).SingleOrDefault(visit => visit.User == Bob);
    }

    public Task RescheduleAsync(DueVisit visit, SweptInbox swept) => Upkeep.RescheduleAsync(RedisKeys.Shard(visit.User), visit, swept, CancellationToken);

    /// <summary>A whole visit, as a sweeper makes it.</summary>
    public async Task<SweptInbox> VisitAsync(DueVisit? visit)
    {
        Assert.NotNull(visit);
        var swept = await SweepAsync();
        await RescheduleAsync(visit, swept);
        return swept;
    }

    public Task<Ledger> LedgerAsync() => Upkeep.ReadLedgerAsync(CancellationToken);
}
