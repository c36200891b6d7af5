// What every inbox promises: messages.
using System.Text;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Contracts;

/// <summary>What every inbox promises; a subclass says which one.</summary>
public abstract partial class InboxContract
{
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob {b:б}");
    private static readonly DeviceId Phone = new("phone");
    private static readonly DeviceId Tablet = new("tab{let}:1");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    /// <summary>Empty inboxes, and the registry beside them.</summary>
    private protected abstract Task<(IInbox Inbox, IConnectionRegistry Registry)> CreateAsync(InboxLimits limits);

    [Fact]
    public async Task Messages_get_rising_numbers_and_are_read_as_they_came()
    {
        var inbox = await CreateAsync();
        var (first, second, third) = (Message("1"), Message("{ \"text\": \"héllo \\u0041 🚀\" }"), Message("3"));

        Assert.Equal(1, await AppendAsync(inbox, first));
        Assert.Equal(2, await AppendAsync(inbox, second, third));

        var page = await inbox.ReadAsync(Bob, 0, 10, CancellationToken);
        Assert.True(page.AtEnd);
        Assert.Equal([1, 2, 3], page.Envelopes.Select(envelope => envelope.Seq));
        Assert.All(page.Envelopes.Zip([first, second, third]), pair =>
        {
            Assert.Equal(pair.Second.Body.ToArray(), pair.First.Body.ToArray());
            Assert.Equal(pair.Second with { Seq = pair.First.Seq, Body = default }, pair.First with { Body = default });
        });
    }

    [Fact]
    public async Task A_long_inbox_is_read_in_pages()
    {
        var inbox = await CreateAsync();
        await AppendAsync(inbox, Messages(4));

        var first = await inbox.ReadAsync(Bob, 0, 2, CancellationToken);
        var second = await inbox.ReadAsync(Bob, 2, 2, CancellationToken);
        var beyond = await inbox.ReadAsync(Bob, 4, 2, CancellationToken);

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
        var inbox = await CreateAsync();

        var page = await inbox.ReadAsync(Bob, 0, 10, CancellationToken);

        Assert.Empty(page.Envelopes);
        Assert.True(page.AtEnd);
        Assert.Equal(0, await inbox.ReadCursorAsync(Bob, Phone, CancellationToken));
        await inbox.AcknowledgeAsync(Bob, Phone, 1, CancellationToken);
        Assert.Equal(0, await inbox.ReadCursorAsync(Bob, Phone, CancellationToken));
    }

    [Fact]
    public async Task Storing_tells_where_the_user_is()
    {
        var (inbox, registry) = await CreateAsync(new InboxLimits());
        var session = new Session(Bob, DeviceId.Plain, new NodeIncarnation(new NodeId("server-1"), 1_764_000_000_000), ConnectionId.New(), 1);
        await registry.OpenAsync(session, CancellationToken);

        var present = await inbox.AppendAsync(Bob, [Message("1")], CancellationToken);
        await registry.CloseAsync(session, CancellationToken);
        var away = await inbox.AppendAsync(Bob, [Message("2")], CancellationToken);

        Assert.Equal([session], Assert.IsType<AppendResult.Stored>(present).Sessions);
        Assert.Empty(Assert.IsType<AppendResult.Stored>(away).Sessions);
    }

    [Fact]
    public async Task Many_may_store_at_once()
    {
        var inbox = await CreateAsync();

        var firsts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AppendAsync(inbox, Messages(3))));

        Assert.Equal(Enumerable.Range(0, 50).Select(index => 1L + (3 * index)), firsts.Order());
        var page = await inbox.ReadAsync(Bob, 0, 1000, CancellationToken);
        Assert.Equal(Enumerable.Range(1, 150).Select(seq => (long)seq), page.Envelopes.Select(envelope => envelope.Seq));
    }

    [Fact]
    public async Task Ends_are_those_of_the_users_asked_for_in_their_order()
    {
        var inbox = await CreateAsync();
        await AppendAsync(inbox, Messages(2));
        await inbox.AppendAsync(Alice, Messages(1), CancellationToken);

        var ends = await inbox.ReadEndsAsync([new UserId("nobody"), Bob, Alice, Bob], CancellationToken);
        Assert.Equal([0, 2, 1, 2], ends.Select(end => end.Seq));
        Assert.Null(ends[0].Epoch);
        Assert.NotNull(ends[1].Epoch);
        Assert.Empty(await inbox.ReadEndsAsync([], CancellationToken));
    }

    private async Task<IInbox> CreateAsync(int messages = 10_000, long bytes = 1_000_000) => (await CreateAsync(new InboxLimits(messages, bytes))).Inbox;

    private static async Task<long> AppendAsync(IInbox inbox, params Envelope[] envelopes) =>
        Assert.IsType<AppendResult.Stored>(await inbox.AppendAsync(Bob, envelopes, CancellationToken)).FirstSeq;

    private static Envelope Message(string body) =>
        new(MessageId.New(TimeProvider.System), Alice, Bob, Encoding.UTF8.GetBytes(body), 1_764_000_012_345);

    private static Envelope[] Messages(int count) => [.. Enumerable.Range(1, count).Select(number => Message($"\"{number}\""))];
}
