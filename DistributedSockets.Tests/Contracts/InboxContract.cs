// What every inbox promises: messages.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;
using static DistributedSockets.Tests.Contracts.InboxUnderTest;

namespace DistributedSockets.Tests.Contracts;

/// <summary>What every inbox promises, with receipts and upkeep; a subclass says which one.</summary>
public abstract partial class InboxContract
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    /// <summary>Empty inboxes.</summary>
    private protected abstract Task<InboxUnderTest> CreateAsync(InboxLimits limits);

    [Fact]
    public async Task Messages_get_rising_numbers_and_are_read_as_they_came()
    {
        var it = await CreateAsync();
        var (first, second, third) = (Message("1"), Message("{ \"text\": \"héllo \\u0041 🚀\" }"), Reliable("3", "my id") with { ContentType = "text/plain" });

        var one = await it.AppendAsync(first);
        var more = await it.AppendAsync(second, third);

        Placement[] placements = [.. one.Placements, .. more.Placements];
        Assert.Equal([1, 2, 3], placements.Select(placement => placement.Seq));
        Assert.Equal([first.Id, second.Id, third.Id], placements.Select(placement => placement.Id));
        Assert.All(placements, placement => Assert.Equal(PlacementKind.Stored, placement.Kind));
        Assert.Equal(one.Epoch, more.Epoch);
        var page = await it.Inbox.ReadAsync(Bob, 0, 10, CancellationToken);
        Assert.True(page.AtEnd);
        Assert.Equal([1, 2, 3], page.Envelopes.Select(envelope => envelope.Seq));
        Assert.All(page.Envelopes.Zip([first, second, third], placements), pair =>
        {
            Assert.Equal(pair.Second.Body.ToArray(), pair.First.Body.ToArray());
            Assert.Equal(pair.Second with { Seq = pair.Third.Seq, Epoch = one.Epoch, SentAt = pair.Third.StoredAt, Body = default }, pair.First with { Body = default });
        });
    }

    [Fact]
    public async Task A_long_inbox_is_read_in_pages()
    {
        var it = await CreateAsync();
        await it.StoreAsync(Messages(4));

        var first = await it.Inbox.ReadAsync(Bob, 0, 2, CancellationToken);
        var second = await it.Inbox.ReadAsync(Bob, 2, 2, CancellationToken);
        var beyond = await it.Inbox.ReadAsync(Bob, 4, 2, CancellationToken);

        Assert.Equal([1, 2], first.Envelopes.Select(envelope => envelope.Seq));
        Assert.False(first.AtEnd);
        Assert.Equal([3, 4], second.Envelopes.Select(envelope => envelope.Seq));
        Assert.True(second.AtEnd);
        Assert.Empty(beyond.Envelopes);
        Assert.True(beyond.AtEnd);
    }

    [Fact]
    public async Task Nobodys_inbox_is_empty()
    {
        var it = await CreateAsync();

        var page = await it.Inbox.ReadAsync(Bob, 0, 10, CancellationToken);

        Assert.Empty(page.Envelopes);
        Assert.True(page.AtEnd);
        Assert.Equal(0, await it.CursorAsync(Phone));
        Assert.False(await it.AcknowledgeAsync(Phone, 1));
        Assert.Equal(0, await it.CursorAsync(Phone));
        Assert.False(await it.MarkReadAsync(1));
        Assert.Empty((await it.OwedAsync()).Owed);
        Assert.Equal(new SweptInbox(Ledger.Empty, NextVisit: null, Owes: false, Expired: 0), await it.SweepAsync());
    }

    [Fact]
    public async Task Storing_tells_where_the_user_is()
    {
        var it = await CreateAsync();
        var session = new Session(Bob, DeviceId.Plain, Node, ConnectionId.New(), 1);
        await it.Registry.OpenAsync(session, CancellationToken);

        var present = await it.AppendAsync(Message("1"));
        await it.Registry.CloseAsync(session, PresenceRules.Grace, CancellationToken);
        var away = await it.AppendAsync(Message("2"));

        Assert.Equal([session], present.Sessions);
        Assert.Empty(away.Sessions);
    }

    [Fact]
    public async Task Many_may_store_at_once()
    {
        var it = await CreateAsync();

        var firsts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => it.StoreAsync(Messages(3))));

        Assert.Equal(Enumerable.Range(0, 50).Select(index => 1L + (3 * index)), firsts.Order());
        Assert.Equal(Enumerable.Range(1, 150).Select(seq => (long)seq), (await it.ReadAsync()).Select(envelope => envelope.Seq));
    }

    [Fact]
    public async Task Ends_are_those_of_the_users_asked_for_in_their_order()
    {
        var it = await CreateAsync();
        var appended = await it.AppendAsync(Messages(2));
        await it.Inbox.AppendAsync(Alice, Messages(1), CancellationToken);

        var ends = await it.Inbox.ReadEndsAsync([new UserId("nobody"), Bob, Alice, Bob], CancellationToken);
        Assert.Equal([0, 2, 1, 2], ends.Select(end => end.Seq));
        Assert.Null(ends[0].Epoch);
        Assert.Equal(appended.Epoch, ends[1].Epoch);
        Assert.Empty(await it.Inbox.ReadEndsAsync([], CancellationToken));
    }

    [Fact]
    public async Task Word_of_missed_hints_is_fetched_once_by_the_boot_that_it_was_left_for()
    {
        var it = await CreateAsync();
        var other = Node with { Number = Node.Number + 1 };
        await it.Inbox.NoteMissedAsync(Node, [Alice, Bob], CancellationToken);
        await it.Inbox.NoteMissedAsync(Node, [Bob, new UserId("{odd}:ü")], CancellationToken);

        Assert.Empty(await it.Inbox.TakeMissedAsync(other, 10, CancellationToken));
        var first = await it.Inbox.TakeMissedAsync(Node, 2, CancellationToken);
        var rest = await it.Inbox.TakeMissedAsync(Node, 2, CancellationToken);
        Assert.Equal(2, first.Count);
        Assert.Equal(new HashSet<UserId> { Alice, Bob, new("{odd}:ü") }, [.. first, .. rest]);
        Assert.Empty(await it.Inbox.TakeMissedAsync(Node, 2, CancellationToken));
    }

    private Task<InboxUnderTest> CreateAsync(int messages = 10_000, long bytes = 1_000_000) => CreateAsync(new InboxLimits(messages, bytes));
}
