using System.Text;
using DistributedSockets.Client;
using DistributedSockets.Client.Connecting;
using DistributedSockets.Client.Sending;
using DistributedSockets.Client.Storing;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Clients;

public sealed class OutboxTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FrameLimit _limit = new();
    private readonly Outbox _outbox;

    public OutboxTests() => _outbox = Box();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Written_in_order_once_and_again_over_the_next_connection()
    {
        await AddAsync("1", "2", "3");
        _outbox.Begin(perSecond: 0);
        Assert.Equal(["1", "2", "3"], TakeAll());

        Assert.NotNull(_outbox.Remove("2"));
        Assert.Null(_outbox.Remove("2"));
        _outbox.Begin(perSecond: 0);

        Assert.Equal(["1", "3"], TakeAll());
    }

    [Fact]
    public async Task What_is_refused_for_a_while_holds_up_what_is_behind_it()
    {
        await AddAsync("1", "2");
        _outbox.Begin(perSecond: 0);
        TakeAll();
        await AddAsync("3");
        _outbox.Refuse("1", TimeSpan.FromSeconds(2));
        _outbox.Refuse("2", TimeSpan.FromSeconds(2));

        Assert.Empty(TakeAll(out var again));
        Assert.Equal(TimeSpan.FromSeconds(2), again);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["1", "2", "3"], TakeAll());
    }

    [Fact]
    public async Task What_is_under_way_behind_one_that_was_refused_is_not_written_twice()
    {
        await AddAsync("1", "2", "3");
        _outbox.Begin(perSecond: 0);
        TakeAll();
        _outbox.Refuse("1", TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["1"], TakeAll());

        _outbox.Refuse("2", TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["2"], TakeAll());
    }

    [Fact]
    public async Task No_more_is_under_way_than_a_node_reads_ahead()
    {
        await AddAsync([.. Enumerable.Range(0, 300).Select(number => $"{number}")]);
        _outbox.Begin(perSecond: 0);

        Assert.Equal(256, TakeAll().Count);
        _outbox.Remove("0");
        Assert.Equal(["256"], TakeAll());
    }

    [Fact]
    public async Task Rate_that_the_node_tells_is_kept()
    {
        await AddAsync("1", "2", "3", "4");
        _outbox.Begin(perSecond: 2);

        Assert.Equal(["1", "2"], TakeAll(out var again));
        Assert.Equal(TimeSpan.FromSeconds(0.5), again);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["3", "4"], TakeAll());
    }

    [Fact]
    public async Task Those_who_wait_for_room_keep_their_order()
    {
        var outbox = Box(capacity: 1);
        List<Task> adding = [];
        foreach (var id in (string[])["1", "2", "3", "4"])
        {
            adding.Add(outbox.AddAsync(Entry(id), Ready, Token).AsTask());
        }

        List<string> written = [];
        outbox.Begin(perSecond: 0);
        foreach (var task in adding)
        {
            await task.WaitAsync(ScriptedNode.Patience, Token);
            written.Add(Encoding.UTF8.GetString(outbox.TryTake(int.MaxValue, out _)!));
            outbox.Remove(written[^1]);
        }

        Assert.Equal(["1", "2", "3", "4"], written);
    }

    [Fact]
    public async Task One_that_gives_up_waiting_for_room_leaves_no_trace()
    {
        var outbox = Box(capacity: 1);
        using var cancelling = new CancellationTokenSource();
        await outbox.AddAsync(Entry("1"), Ready, Token);
        var waiting = outbox.AddAsync(Entry("2"), Ready, cancelling.Token).AsTask();
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        outbox.Remove("1");

        await outbox.AddAsync(Entry("3"), Ready, Token).AsTask().WaitAsync(ScriptedNode.Patience, Token);

        Assert.Null(outbox.Remove("2"));
    }

    [Fact]
    public async Task More_than_there_is_room_for_is_restored_and_makes_none_in_the_end()
    {
        var outbox = Box(capacity: 1, OutboxPolicy.Fail);
        await outbox.RestoreAsync([Stored("1"), Stored("2")]);
        Assert.NotNull(outbox.Remove("2"));
        await Assert.ThrowsAsync<ClientException>(async () => await outbox.AddAsync(Entry("3"), Ready, Token));

        Assert.NotNull(outbox.Remove("1"));

        await outbox.AddAsync(Entry("3"), Ready, Token);
        await Assert.ThrowsAsync<ClientException>(async () => await outbox.AddAsync(Entry("4"), Ready, Token));
    }

    [Fact]
    public async Task What_the_store_has_comes_before_what_is_sent_while_it_is_read()
    {
        var reading = new TaskCompletionSource();
        var first = _outbox.AddAsync(Entry("new"), () => reading.Task, Token).AsTask();
        var second = _outbox.AddAsync(Entry("newer"), () => reading.Task, Token).AsTask();
        await _outbox.RestoreAsync([Stored("old")]);
        reading.SetResult();
        await Task.WhenAll(first, second);
        _outbox.Begin(perSecond: 0);

        Assert.Equal(["old", "new", "newer"], TakeAll());
    }

    [Fact]
    public async Task After_the_end_everything_fails_and_nothing_more_is_stored()
    {
        var store = new MemoryStore();
        var outbox = new Outbox(new ClientOptions(), _limit, new StoreKeeper(store, new Support.RecordingLogger()), () => { });
        var entry = Entry("1");
        await outbox.AddAsync(entry, Ready, Token);
        outbox.End(ClientException.Ended(null));

        Assert.Equal(ClientException.Closed, (await Assert.ThrowsAsync<ClientException>(() => entry.Answer)).Code);
        Assert.Equal(ClientException.Closed, (await Assert.ThrowsAsync<ClientException>(async () => await outbox.AddAsync(Entry("2"), Ready, Token))).Code);
        Assert.Equal("1", Assert.Single((await store.LoadAsync(Token)).Messages).Id);
    }

    [Fact]
    public async Task Id_of_one_that_is_under_way_is_taken()
    {
        await AddAsync("1");

        await Assert.ThrowsAsync<ArgumentException>(() => AddAsync("1"));
    }

    private static Task Ready() => Task.CompletedTask;

    private static OutboxEntry Entry(string id) => new("bob", id, Encoding.UTF8.GetBytes(id));

    private static StoredMessage Stored(string id) => new(id, "bob", false, Encoding.UTF8.GetBytes(id));

    private Outbox Box(int capacity = 1_000, OutboxPolicy policy = OutboxPolicy.Wait) =>
        new(new ClientOptions { OutboxCapacity = capacity, WhenOutboxFull = policy, TimeProvider = _time }, _limit, null, () => { });

    private async Task AddAsync(params string[] ids)
    {
        foreach (var id in ids)
        {
            await _outbox.AddAsync(Entry(id), Ready, Token);
        }
    }

    private List<string> TakeAll() => TakeAll(out _);

    private List<string> TakeAll(out TimeSpan? again)
    {
        List<string> all = [];
        while (_outbox.TryTake(int.MaxValue, out again) is { } frame)
        {
            all.Add(Encoding.UTF8.GetString(frame));
        }

        return all;
    }
}
