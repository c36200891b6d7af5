// The log in Redis keeps the contract, in keys of one slot that do not stay for ever.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;
using StackExchange.Redis;
using static DistributedSockets.Tests.Rooms.RoomLogUnderTest;

namespace DistributedSockets.Tests.Rooms;

public sealed class RedisRoomLogTests(RedisFixture fixture) : RoomLogContract, IAsyncLifetime
{
    private const int Database = 14;

    private IConnectionMultiplexer _redis = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private IDatabase Raw => _redis.GetDatabase();

    public async ValueTask InitializeAsync() => _redis = await fixture.ConnectAsync(Database);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    private protected override RoomLogUnderTest Create(RoomLimits limits) => new(new RedisRoomLog(_redis, limits), length => PassAsync(_redis, length));

    [Fact]
    public async Task An_id_of_yesterday_is_known_and_one_of_three_days_ago_has_expired()
    {
        var it = Create(new RoomLimits());
        var message = Message("1", "a");
        var today = (int)((await it.AppendAsync(message)).Placements[0].StoredAt / (24 * 3600 * 1000) % RedisKeys.Days);
        var (now, yesterday) = (RedisKeys.Ids(Team, today), RedisKeys.Ids(Team, (today + 2) % RedisKeys.Days));
        Assert.True(await Raw.HashExistsAsync(now, EnvelopeHash.OfId(message.From, message.ClientId)));
        Assert.InRange((await Raw.KeyTimeToLiveAsync(now))!.Value, InboxLimits.IdMemory, TimeSpan.FromHours(60));

        await Raw.KeyRenameAsync(now, yesterday);
        Assert.Equal([LogOutcome.Duplicate], await it.TryStoreAsync(Message("1", "a")));
        await Raw.KeyRenameAsync(yesterday, RedisKeys.Ids(Team, (today + 1) % RedisKeys.Days));
        Assert.Equal([LogOutcome.Stored], await it.TryStoreAsync(Message("1", "a")));
    }

    [Fact]
    public async Task Numbers_of_everyones_room_stay_though_it_has_no_members()
    {
        var it = Create(new RoomLimits());
        await it.Log.BeginAsync(Team, user: null, default, since: null, TestContext.Current.CancellationToken);
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Meta(Team)));
        await it.StoreAsync(Messages(1));
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Meta(Team)));
        Assert.NotNull(await Raw.KeyTimeToLiveAsync(RedisKeys.Log(Team)));
    }

    [Fact]
    public async Task A_log_goes_when_it_has_become_too_old_and_its_numbers_with_it_when_nobody_is_a_member()
    {
        var it = Create(new RoomLimits());
        await it.StoreAsync(Messages(1));
        foreach (var key in new[] { RedisKeys.Meta(Team), RedisKeys.Log(Team), RedisKeys.MessageIds(Team) })
        {
            Assert.InRange((await Raw.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromDays(7.9), TimeSpan.FromDays(8));
        }

        await Raw.SortedSetAddAsync(RedisKeys.Members(Team), Bob.Value, 1);
        await Raw.KeyPersistAsync(RedisKeys.Meta(Team));
        var end = await it.StoreAsync(Messages(2));
        Assert.Null(await Raw.KeyTimeToLiveAsync(RedisKeys.Meta(Team)));
        Assert.Equal((1, true), await it.BeginAsync(end) is var start ? (start.Count, start.IsListed) : default);

        await Raw.KeyDeleteAsync([RedisKeys.Log(Team), RedisKeys.MessageIds(Team)]);
        Assert.Equal((4, 0), await it.PageAsync() is var page ? (page.First, page.Entries.Count) : default);
        await it.StoreAsync(Messages(1));
        await Raw.KeyDeleteAsync([RedisKeys.Log(Team), RedisKeys.MessageIds(Team)]);
        Assert.Equal(end with { Rseq = 5 }, await it.StoreAsync(Messages(1)));
        Assert.Equal([5], await it.NumbersAsync());
        Assert.Equal(3, (long)await Raw.HashGetAsync(RedisKeys.Meta(Team), "bytes"));
    }

    [Fact]
    public async Task What_goes_to_make_room_leaves_nothing_behind()
    {
        var it = Create(new RoomLimits(Messages: 2));
        var messages = Messages(5);
        await it.StoreAsync(messages);

        Assert.Equal(["4", "5"], (await Raw.HashKeysAsync(RedisKeys.Log(Team))).Select(field => field.ToString()).Order());
        Assert.Equal(messages[3..].Select(message => message.Id.Value).Order(), (await Raw.HashKeysAsync(RedisKeys.MessageIds(Team))).Select(field => field.ToString()).Order());
        Assert.Equal([4, 6], await Raw.HashGetAsync(RedisKeys.Meta(Team), ["first", "bytes"]) is var numbers ? numbers.Select(number => (long)number) : []);
    }

    [Fact]
    public async Task Nothing_is_left_of_what_a_deleted_message_said()
    {
        var it = Create(new RoomLimits());
        var message = Message("\"secret\"", "a") with { ContentType = "secret" };
        await it.StoreAsync(message);
        await it.ChangeAsync(new RoomChange(MessageId.New(TimeProvider.System), Alice, Phone, message.Id, "\"secret too\""u8.ToArray(), "e"));
        await it.ChangeAsync(new RoomChange(MessageId.New(TimeProvider.System), Alice, Phone, message.Id, null, "d"));

        var values = (await Raw.HashValuesAsync(RedisKeys.Log(Team))).Concat(await Raw.HashValuesAsync(RedisKeys.Ids(Team, 0)))
            .Concat(await Raw.HashValuesAsync(RedisKeys.Ids(Team, 1))).Concat(await Raw.HashValuesAsync(RedisKeys.Ids(Team, 2)));
        Assert.All(values, value => Assert.DoesNotContain("secret", value.ToString(), StringComparison.Ordinal));
        Assert.Equal((0, 0), ((int)await Raw.HashGetAsync(RedisKeys.Meta(Team), "bytes"), (int)await Raw.HashLengthAsync(RedisKeys.MessageIds(Team))));
    }

    [Fact]
    public async Task A_limit_that_was_lowered_is_met_piece_by_piece()
    {
        var before = Create(new RoomLimits());
        for (var batch = 0; batch < 4; batch++)
        {
            await before.StoreAsync(Messages(250));
        }

        var it = Create(new RoomLimits(Messages: 5));
        await it.StoreAsync(Messages(1));
        Assert.Equal(744, await Raw.HashLengthAsync(RedisKeys.Log(Team)));
        Assert.Equal([997, 998, 999, 1000, 1001], await it.NumbersAsync());
    }

    [Fact]
    public async Task After_a_wipe_of_its_numbers_a_log_begins_empty()
    {
        var it = Create(new RoomLimits());
        var end = await it.StoreAsync([.. Messages(3), Message("4", "a")]);

        await Raw.KeyDeleteAsync(RedisKeys.Meta(Team));
        var start = await it.BeginAsync(end);
        Assert.Equal((0, 0, LogStartReason.Epoch), (start.After, start.End.Rseq, start.Reason));
        Assert.NotEqual(end.Epoch, start.End.Epoch);
        Assert.False(await Raw.KeyExistsAsync(RedisKeys.Log(Team)));

        var again = await it.StoreAsync(Messages(5));
        Assert.Equal(start.End with { Rseq = 5 }, again);
        Assert.Equal(5, (await it.ReadAsync()).Count);

        // Its number is another's now.
        Assert.Equal([LogOutcome.Gone], await it.TryStoreAsync(Message("4", "a")));
    }

    [Fact]
    public async Task All_keys_of_a_room_lie_in_its_slot()
    {
        var it = Create(new RoomLimits());
        var message = Message("1");
        await it.BeginAsync(await it.StoreAsync(Message("2"), message));
        await it.HistoryAsync();
        await it.ChangeAsync(new RoomChange(MessageId.New(TimeProvider.System), Alice, Phone, message.Id, null, "d"));

        var keys = await _redis.GetServers()[0].KeysAsync(Database).Select(key => key.ToString()).ToListAsync(CancellationToken);

        Assert.Equal(4, keys.Count);
        Assert.All(keys, key => Assert.StartsWith("ds:{r:team%20%7Br%3A%D0%B1%7D}:", key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_Redis_it_says_so()
    {
        await using var nobody = await RedisFixture.ConnectToNobodyAsync();
        var it = new RoomLogUnderTest(new RedisRoomLog(nobody, new RoomLimits()), _ => Task.CompletedTask);

        var exception = await Assert.ThrowsAsync<RoomsUnavailableException>(() => it.AppendAsync(Messages(1)));
        Assert.IsType<RedisConnectionException>(exception.InnerException);
        await Assert.ThrowsAsync<RoomsUnavailableException>(() => it.PageAsync());
    }

    /// <summary>The store's own clock is the event that is waited for.</summary>
    internal static async Task PassAsync(IConnectionMultiplexer redis, TimeSpan length)
    {
        var server = redis.GetServers()[0];
        var end = await server.TimeAsync() + length;
        while (await server.TimeAsync() < end)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken);
        }
    }
}
