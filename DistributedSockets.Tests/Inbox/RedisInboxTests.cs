// The inbox in Redis keeps the contract, and its entries look as other readers expect them.
using System.Text;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;

namespace DistributedSockets.Tests.Inbox;

public sealed class RedisInboxTests(RedisFixture fixture) : InboxContract, IAsyncLifetime
{
    private const int Database = 12;
    private static readonly UserId Bob = new("bob");

    private IConnectionMultiplexer _redis = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private IDatabase Raw => _redis.GetDatabase();

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    private protected override Task<(IInbox Inbox, IConnectionRegistry Registry)> CreateAsync(InboxLimits limits) =>
        Task.FromResult<(IInbox, IConnectionRegistry)>(
            (new RedisInbox(_redis, limits), new RedisConnectionRegistry(_redis, TimeSpan.FromSeconds(6))));

    [Fact]
    public async Task An_inbox_starts_an_epoch_and_keeps_it()
    {
        var inbox = new RedisInbox(_redis, new InboxLimits());
        await AppendAsync(inbox, "1");
        var epoch = await Raw.HashGetAsync(RedisKeys.Meta(Bob), "epoch");
        await AppendAsync(inbox, "2");

        Assert.False(epoch.IsNullOrEmpty);
        Assert.Equal(epoch, await Raw.HashGetAsync(RedisKeys.Meta(Bob), "epoch"));

        await Raw.KeyDeleteAsync([RedisKeys.Meta(Bob), RedisKeys.Inbox(Bob)]);
        await AppendAsync(inbox, "1");
        Assert.NotEqual(epoch, await Raw.HashGetAsync(RedisKeys.Meta(Bob), "epoch"));
    }

    [Fact]
    public async Task Entries_are_numbered_by_seq_and_do_not_expire()
    {
        var inbox = new RedisInbox(_redis, new InboxLimits());
        await AppendAsync(inbox, "1", "2");

        var entries = await Raw.StreamRangeAsync(RedisKeys.Inbox(Bob));

        Assert.Equal(["0-1", "0-2"], entries.Select(entry => entry.Id.ToString()));
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Inbox(Bob)));
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Meta(Bob)));
    }

    [Fact]
    public async Task Numbers_go_on_after_an_inbox_was_emptied()
    {
        var inbox = new RedisInbox(_redis, new InboxLimits());
        await AppendAsync(inbox, "1", "2");

        await Raw.StreamTrimAsync(RedisKeys.Inbox(Bob), 0);

        Assert.Equal(3, await AppendAsync(inbox, "3"));
    }

    [Fact]
    public async Task Numbers_are_written_out_in_full_however_large()
    {
        var inbox = new RedisInbox(_redis, new InboxLimits());
        const long Large = 123_456_789_012_345;
        await Raw.HashSetAsync(RedisKeys.Meta(Bob), [new("seq", Large), new("delivered", Large), new("bytes", Large), new("deliveredBytes", Large)]);

        Assert.Equal(Large + 1, await AppendAsync(inbox, "1"));
        await inbox.AcknowledgeAsync(Bob, DeviceId.Plain, Large + 1, CancellationToken);

        Assert.Equal(Large + 1, Assert.Single((await inbox.ReadAsync(Bob, Large, 10, CancellationToken)).Envelopes).Seq);
        Assert.Equal(Large + 1, await inbox.ReadCursorAsync(Bob, DeviceId.Plain, CancellationToken));
        Assert.Equal(Large + 1, (long)await Raw.HashGetAsync(RedisKeys.Meta(Bob), "deliveredBytes"));
    }

    [Fact]
    public async Task Holes_neither_end_a_page_nor_unbalance_the_bytes()
    {
        var inbox = new RedisInbox(_redis, new InboxLimits(Bytes: 10));
        await AppendAsync(inbox, "11", "222", "3333");
        await Raw.StreamDeleteAsync(RedisKeys.Inbox(Bob), ["0-2", "0-3"]);

        var page = await inbox.ReadAsync(Bob, 0, 1, CancellationToken);
        Assert.True(page.AtEnd);

        await inbox.AcknowledgeAsync(Bob, DeviceId.Plain, 3, CancellationToken);
        Assert.Equal(2, (long)await Raw.HashGetAsync(RedisKeys.Meta(Bob), "deliveredBytes"));
        await AppendAsync(inbox, "444");
        await inbox.AcknowledgeAsync(Bob, DeviceId.Plain, 4, CancellationToken);
        Assert.Equal(12, (long)await Raw.HashGetAsync(RedisKeys.Meta(Bob), "deliveredBytes"));
    }

    [Fact]
    public async Task A_cursor_beyond_the_end_starts_at_the_end()
    {
        var inbox = new RedisInbox(_redis, new InboxLimits());
        await AppendAsync(inbox, "1", "2", "3");
        await inbox.AcknowledgeAsync(Bob, DeviceId.Plain, 3, CancellationToken);

        await Raw.KeyDeleteAsync([RedisKeys.Meta(Bob), RedisKeys.Inbox(Bob)]);
        await AppendAsync(inbox, "1");

        Assert.Equal(1, await inbox.ReadCursorAsync(Bob, DeviceId.Plain, CancellationToken));
    }

    [Fact]
    public async Task Without_Redis_it_says_so()
    {
        await using var nobody = await RedisFixture.ConnectToNobodyAsync();
        var inbox = new RedisInbox(nobody, new InboxLimits());

        var exception = await Assert.ThrowsAsync<InboxUnavailableException>(() => inbox.ReadCursorAsync(Bob, DeviceId.Plain, CancellationToken));

        Assert.IsType<RedisConnectionException>(exception.InnerException);
    }

    private static async Task<long> AppendAsync(RedisInbox inbox, params string[] bodies)
    {
        var envelopes = bodies.Select(body => new Envelope(
            MessageId.New(TimeProvider.System), new UserId("alice"), Bob, Encoding.UTF8.GetBytes(body), 1_764_000_012_345)).ToList();
        return Assert.IsType<AppendResult.Stored>(await inbox.AppendAsync(Bob, envelopes, CancellationToken)).FirstSeq;
    }
}
