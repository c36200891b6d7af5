// The logs of conversations in Redis keep the contract, in keys of one slot that do not stay for ever.
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;

namespace DistributedSockets.Tests.History;

public sealed class RedisConversationTests(RedisFixture fixture) : ConversationContract, IAsyncLifetime
{
    private const int Database = 9;

    private IConnectionMultiplexer _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    private protected override IConversationLog CreateLog(ConversationLimits limits) => new RedisConversationLog(_redis, limits);

    [Fact]
    public async Task All_keys_of_a_conversation_lie_in_its_slot_and_go_some_time()
    {
        var it = Create();
        var sent = Sent("1", Bob, Alice);
        await EnterAsync(it, sent);
        await EnterAsync(it, Sent("2"));
        await it.ChangeAsync(Change(sent, "1a"), TestContext.Current.CancellationToken);

        var keys = await _redis.GetServers()[0].KeysAsync(Database).Select(key => key.ToString()).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(4, keys.Count);
        Assert.All(keys, key => Assert.StartsWith("ds:{c:alice:bob%20%7Bb%3A%D0%B1%7D}:", key, StringComparison.Ordinal));
        foreach (var key in keys)
        {
            Assert.InRange((await _redis.GetDatabase().KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromDays(1), TimeSpan.FromDays(31));
        }
    }

    [Fact]
    public async Task What_was_sent_together_is_kept_together_and_leaves_nothing_behind()
    {
        var it = Create(new ConversationLimits(Messages: 20));
        var keys = RedisKeys.LogOf(new Conversation(Alice, Bob)).Log;
        var sent = Many(40);
        await EnterTogetherAsync(it, sent[..10]);
        await EnterTogetherAsync(it, sent[10..15]);
        Assert.Equal([1, 10, 11, 15], await FieldsAsync());
        await EnterTogetherAsync(it, sent[15..21]);
        Assert.Equal([1, 10, 11, 15, 16, 21], await FieldsAsync());
        await EnterTogetherAsync(it, sent[21..29]);
        Assert.Equal([1, 10, 11, 15, 16, 21, 22, 29], await FieldsAsync());
        await EnterTogetherAsync(it, sent[29..30]);
        Assert.Equal([11, 15, 16, 21, 22, 29, 30], await FieldsAsync());
        await EnterTogetherAsync(it, sent[30..32]);
        Assert.Equal([11, 15, 16, 21, 22, 29, 30, 31, 32], await FieldsAsync());

        // A change takes the row apart, and is an entry that puts out the oldest.
        await it.ChangeAsync(Change(sent[13], "x"), TestContext.Current.CancellationToken);
        Assert.Equal([14, 15, 16, 21, 22, 29, 30, 31, 32, 33], await FieldsAsync());
        Assert.Equal(sent[13..32].Select(message => message.Id.Value).Order(), (await _redis.GetDatabase().HashKeysAsync(keys[2])).Select(id => id.ToString()).Order());
        Assert.Equal(1 + (18 * 2), (int)await _redis.GetDatabase().HashGetAsync(keys[0], "bytes"));
        Assert.Equal(0, (int)await _redis.GetDatabase().HashGetAsync(keys[0], "index"));

        async Task<IEnumerable<long>> FieldsAsync() => (await _redis.GetDatabase().HashKeysAsync(keys[1])).Select(field => (long)field).Order();
    }

    [Fact]
    public async Task Without_Redis_it_says_so()
    {
        await using var nobody = await RedisFixture.ConnectToNobodyAsync();
        var it = new Conversations(new RedisConversationLog(nobody, new ConversationLimits()), new ConversationLimits());

        await Assert.ThrowsAsync<InboxUnavailableException>(() => EnterAsync(it, Sent("1")));
        await Assert.ThrowsAsync<InboxUnavailableException>(() => it.ReadAsync(Alice, Bob, default, 10, TestContext.Current.CancellationToken));
    }
}
