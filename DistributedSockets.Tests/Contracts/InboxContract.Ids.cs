// What every inbox promises: the same id is stored once.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using static DistributedSockets.SocketNode.Inbox.PlacementKind;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class InboxContract
{
    [Fact]
    public async Task The_same_id_is_stored_once_and_answered_as_before()
    {
        var it = await CreateAsync();
        var first = Reliable("1", "a");
        var stored = (await it.AppendAsync(first)).Placements[0];

        var again = await it.AppendAsync(Reliable("1", "a"), Reliable("2", "b"));

        Assert.Equal(new Placement(Duplicate, first.Id, stored.Seq, stored.StoredAt), again.Placements[0]);
        Assert.Equal(2, again.Placements[1].Seq);
        Assert.Equal([1, 2], (await it.ReadAsync()).Select(envelope => envelope.Seq));
    }

    [Fact]
    public async Task The_same_id_is_known_and_told_apart_when_its_message_has_gone()
    {
        var it = await CreateAsync();
        var first = Reliable("1", "a") with { TtlSeconds = 1 };
        var stored = (await it.AppendAsync(first, Reliable("2", "b"))).Placements[0];
        await it.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await it.SweepAsync()).Expired);

        var again = await it.AppendAsync(Reliable("1", "a"), Reliable("2", "b"), Reliable("3", "a"));

        Assert.Equal(new Placement(Gone, first.Id, stored.Seq, stored.StoredAt), again.Placements[0]);
        Assert.Equal([Gone, Duplicate, IdReused], again.Placements.Select(placement => placement.Kind));
    }

    [Fact]
    public async Task The_same_id_with_another_body_is_refused()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Reliable("1", "a"));

        var again = Assert.Single((await it.AppendAsync(Reliable("2", "a"))).Placements);

        Assert.Equal((IdReused, 0L, 0L), (again.Kind, again.Seq, again.StoredAt));
        Assert.Single(await it.ReadAsync());
    }

    [Fact]
    public async Task It_says_beforehand_whether_an_id_was_used_for_something_else()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Reliable("1", "a"));

        Envelope[] asked = [Reliable("2", "a"), Reliable("1", "a"), Reliable("2", "b"), Reliable("2", "a", Carol), Reliable("2", "a") with { To = Carol }];
        var reused = await Task.WhenAll(asked.Select(envelope => it.Inbox.IsReusedAsync(envelope, CancellationToken)));

        Assert.Equal([true, false, false, false, false], reused);
    }

    [Fact]
    public async Task An_id_is_its_senders_own_and_one_without_an_id_is_never_the_same()
    {
        var it = await CreateAsync();

        Assert.Equal([Stored, Stored, Stored, Stored], await it.TryStoreAsync(Reliable("1", "a"), Reliable("1", "a", Carol), Message("1"), Message("1")));
    }

    [Fact]
    public async Task The_same_id_within_one_batch_is_stored_once()
    {
        var it = await CreateAsync();

        var placements = (await it.AppendAsync(Reliable("1", "a"), Reliable("1", "a"), Reliable("2", "a"), Reliable("3", "b"))).Placements;

        Assert.Equal([Stored, Duplicate, IdReused, Stored], placements.Select(placement => placement.Kind));
        Assert.Equal([1, 1, 0, 2], placements.Select(placement => placement.Seq));
    }

    [Fact]
    public async Task Many_at_once_with_one_id_are_stored_once()
    {
        var it = await CreateAsync();

        var placements = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ => (await it.AppendAsync(Reliable("1", "a"))).Placements[0]));

        Assert.Single(placements, placement => placement.Kind == Stored);
        Assert.Equal(99, placements.Count(placement => placement.Kind == Duplicate));
        Assert.Single(placements.Select(placement => (placement.Id, placement.Seq, placement.StoredAt)).Distinct());
    }

    [Fact]
    public async Task A_full_inbox_still_knows_what_it_has()
    {
        var it = await CreateAsync(messages: 1);
        await it.StoreAsync(Reliable("1", "a"));

        Assert.Equal([Full, Duplicate, IdReused, Full], await it.TryStoreAsync(Reliable("2", "b"), Reliable("1", "a"), Reliable("2", "a"), Message("3")));

        await it.AcknowledgeAsync(Phone, 1);
        Assert.Equal([Stored], await it.TryStoreAsync(Reliable("2", "b")));
    }
}
