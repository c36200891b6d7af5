// One connection's stream: the inbox first, then what comes live, each message once.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging;
using static DistributedSockets.Tests.Support.Envelopes;

namespace DistributedSockets.Tests.Inbox;

public sealed class InboxReplayTests : IAsyncDisposable
{
    private static readonly UserId Bob = new("bob");

    private readonly NodeParts _node = new();
    private readonly HeldQueue _queue = new(1000);
    private readonly CancellationTokenSource _closing = new();
    private readonly List<CloseReason> _closed = [];
    private readonly List<Envelope> _late = [];
    private readonly RecordingLogger _log = new();
    private readonly InboxReplay _replay;

    public InboxReplayTests() =>
        _replay = new InboxReplay(_node.Inbox, _node.NewSession("bob"), _queue.TryEnqueue, _late.Add, _queue.WaitForRoomAsync, _closed.Add, _node.Status, _node.Time, _log, _closing.Token);

    [Fact]
    public async Task What_was_stored_comes_before_what_comes_live()
    {
        await StoreAsync("1", "2");
        var reading = _node.Store.HoldAnswers("ReadAsync");
        _replay.Start();
        await reading.WhenReachedAsync();

        Assert.True(Take(Saying("live")));
        Assert.Equal(0, _queue.Count);
        reading.Release();

        Assert.Equal(["1", "2", "live"], await NextAsync(3));
    }

    [Fact]
    public async Task Node_that_slept_past_its_lease_hands_out_nothing_of_the_inbox_and_ends_without_a_word_when_it_is_fenced()
    {
        await StoreAsync("1");
        _replay.Start();
        Assert.Equal(["1"], await NextAsync(1));
        await StoreAsync("2");
        _node.Status.Refresh(_node.Time.GetTimestamp(), TimeSpan.FromSeconds(6));
        _node.Time.Advance(TimeSpan.FromSeconds(7));

        _replay.CatchUp((await _node.Inbox.ReadEndsAsync([Bob], CancellationToken.None))[0], _replay.Sent);
        await Eventually.IsAsync(() => _node.Store.Count("ReadAsync") == 2, "the inbox has been read");
        await _closing.CancelAsync();
        _node.Status.LetGo();
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(0, _queue.Count);
        Assert.Empty(_closed);
    }

    [Fact]
    public async Task Node_that_slept_and_is_still_itself_goes_on_with_the_inbox()
    {
        await StoreAsync("1");
        _node.Status.Refresh(_node.Time.GetTimestamp(), TimeSpan.FromSeconds(6));
        _node.Time.Advance(TimeSpan.FromSeconds(7));
        _replay.Start();
        await Eventually.IsAsync(() => _node.Store.Count("ReadCursorAsync") == 1, "it has asked where to begin");
        Assert.Equal(0, _queue.Count);

        _node.Status.Refresh(_node.Time.GetTimestamp(), TimeSpan.FromSeconds(6));
        await _node.AdvanceUntilAsync(() => _queue.Count == 1, "it goes on");
    }

    [Fact]
    public async Task Replay_starts_after_what_was_acknowledged()
    {
        await StoreAsync("1", "2", "3");
        await _node.Kept.AcknowledgeAsync(Bob, DeviceId.Plain, null, 2, CancellationToken.None);

        _replay.Start();

        Assert.Equal(["3"], await NextAsync(1));
    }

    [Fact]
    public async Task Hint_of_what_was_already_read_is_dropped()
    {
        await StoreAsync("1", "2");
        _replay.Start();
        Assert.Equal(["1", "2"], await NextAsync(2));

        Assert.True(Take(await StoredAsync(2)));
        Assert.True(Take(await StoredAsync(1)));
        Assert.True(Take(Saying("3")));
        Assert.Equal(["3"], await NextAsync(1));
    }

    [Fact]
    public async Task Hints_in_their_order_need_no_reading()
    {
        await LiveAsync();
        var reads = _node.Store.Count("ReadAsync");

        Assert.True(Take(Saying("1") with { Seq = 1 }));
        Assert.True(Take(Saying("2") with { Seq = 2 }));

        Assert.Equal(["1", "2"], await NextAsync(2));
        Assert.Equal(reads, _node.Store.Count("ReadAsync"));
    }

    [Fact]
    public async Task Hole_before_a_hint_is_read_from_the_inbox()
    {
        await LiveAsync();
        await StoreAsync("1", "2", "3");

        Assert.True(Take(await StoredAsync(3)));
        Assert.True(Take(Saying("live")));

        Assert.Equal(["1", "2", "3", "live"], await NextAsync(4));
    }

    [Fact]
    public async Task Hole_that_the_inbox_does_not_fill_is_left_after_one_look()
    {
        await LiveAsync();
        await StoreAsync("1");
        var reads = _node.Store.Count("ReadAsync");

        Assert.True(Take(Saying("5") with { Seq = 5, Epoch = (await _node.InboxOfAsync("bob")).Envelopes[0].Epoch }));

        Assert.Equal(["1", "5"], await NextAsync(2));
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.InRange(_node.Store.Count("ReadAsync") - reads, 1, 3);
    }

    [Fact]
    public async Task Too_many_live_arrivals_are_refused_when_fast_and_read_when_stored()
    {
        var reading = _node.Store.HoldAnswers("ReadAsync");
        _replay.Start();
        await reading.WhenReachedAsync();
        for (var number = 0; number < InboxReplay.MaxWaiting; number++)
        {
            Assert.True(Take(Saying($"{number}")));
        }

        Assert.False(Take(Saying("refused")));
        await StoreAsync("refused");
        Assert.True(Take((await _node.InboxOfAsync("bob")).Envelopes[0]));
        Assert.False(Take(Saying("refused too")));
        await StoreAsync("refused too");
        reading.Release();

        var expected = Enumerable.Range(0, InboxReplay.MaxWaiting).Select(number => $"{number}").Append("refused").Append("refused too");
        Assert.Equal(expected, await NextAsync(InboxReplay.MaxWaiting + 2));
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.True(Take(Saying("live")));
        Assert.Equal(["live"], await NextAsync(1));
    }

    [Fact]
    public async Task Inbox_that_is_away_is_read_when_it_is_back()
    {
        await StoreAsync("1");
        _node.Store.Cut();
        _replay.Start();
        Assert.True(Take(Saying("live")));
        await Eventually.IsAsync(() => _node.Store.Count("ReadCursorAsync") > 0, "the inbox was asked");

        _node.Store.Restore();
        await Eventually.IsAsync(
            () =>
            {
                _node.Time.Advance(TimeSpan.FromSeconds(1));
                return _queue.Count == 2;
            },
            "both have come");
        Assert.Equal(["1", "live"], await NextAsync(2));
    }

    [Fact]
    public async Task Long_inbox_is_read_at_the_pace_of_the_reader()
    {
        await StoreAsync([.. Enumerable.Range(1, 2500).Select(number => $"{number}")]);
        _replay.Start();
        await Eventually.IsAsync(() => _queue.Count == 1000, "the queue is full");
        Assert.False(_replay.Running.IsCompleted);

        Assert.Equal(Enumerable.Range(1, 2500).Select(number => $"{number}"), await NextAsync(2500));
    }

    [Fact]
    public async Task Catch_up_reads_what_was_never_hinted()
    {
        await LiveAsync();
        var epoch = (await StoreAsync("1", "2")).Epoch;

        _replay.CatchUp(new InboxEnd(2, epoch), _replay.Sent);

        Assert.Equal(["1", "2"], await NextAsync(2));
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        var reads = _node.Store.Count("ReadAsync");
        _replay.CatchUp(new InboxEnd(2, epoch), _replay.Sent);
        Assert.Equal(reads, _node.Store.Count("ReadAsync"));
    }

    [Fact]
    public async Task Inbox_of_a_wiped_store_is_read_from_its_beginning()
    {
        await StoreAsync("1");
        await LiveAsync();
        Assert.True(Take(Saying("2") with { Seq = 2, Epoch = (await _node.InboxOfAsync("bob")).Envelopes[0].Epoch }));
        Assert.Equal(["1", "2"], await NextAsync(2));

        // The same numbers again, and what they belong to is new.
        _replay.CatchUp(new InboxEnd(1, "after the wipe"), _replay.Sent);

        Assert.Equal(["1"], await NextAsync(1));
    }

    [Fact]
    public async Task Hint_of_a_wiped_store_does_not_pass_for_seen_though_no_catch_up_has_told_the_epoch()
    {
        await StoreAsync("1", "2");
        await LiveAsync();
        Assert.Equal(["1", "2"], await NextAsync(2));

        Assert.True(Take(Saying("1") with { Seq = 1, Epoch = "after the wipe" }));

        Assert.Equal(["1", "2"], await NextAsync(2));
    }

    [Fact]
    public async Task Hint_of_a_wiped_store_does_not_pass_for_seen_where_nothing_was_left_to_read()
    {
        await StoreAsync("1", "2");
        await _node.Kept.AcknowledgeAsync(Bob, DeviceId.Plain, null, 2, CancellationToken.None);
        await LiveAsync();

        Assert.True(Take(Saying("1") with { Seq = 1, Epoch = "after the wipe" }));

        await Eventually.IsAsync(() => _node.Store.Count("ReadCursorAsync") == 2, "the inbox is read anew");
    }

    [Fact]
    public async Task What_was_read_before_a_wipe_does_not_count_behind_it()
    {
        await StoreAsync([.. Enumerable.Range(1, 1500).Select(number => $"{number}")]);
        _replay.Start();
        await Eventually.IsAsync(() => _queue.Count == 1000, "the queue is full in the middle of a replay");

        Assert.Null(_replay.CatchUp(new InboxEnd(3, "after the wipe"), _replay.Sent));

        var all = await NextAsync(1600);
        Assert.Equal(2, all.Count(text => text == "1"));
    }

    [Fact]
    public async Task Inbox_that_becomes_another_in_the_middle_of_a_replay_is_read_from_its_beginning()
    {
        await StoreAsync([.. Enumerable.Range(1, 1500).Select(number => $"{number}")]);
        var epoch = (await _node.InboxOfAsync("bob")).Envelopes[0].Epoch!;
        _replay.Start();
        await Eventually.IsAsync(() => _queue.Count == 1000, "the queue is full in the middle of a replay");

        // Nobody tells: the next page shows it.
        await _node.Kept.RenewEpochAsync(Bob, epoch, CancellationToken.None);

        var all = await NextAsync(2500);
        Assert.Equal(2, all.Count(text => text == "1"));
    }

    [Fact]
    public async Task Full_send_queue_is_a_slow_reader()
    {
        await LiveAsync();
        for (var number = 0; number < 1000; number++)
        {
            Assert.True(_replay.TryTake(Saying($"{number}"), out var notYet));
            Assert.Null(notYet);
        }

        Assert.False(_replay.TryTake(Saying("too much"), out var refusal));
        Assert.Equal(CloseReason.SlowConsumer, refusal);
    }

    [Fact]
    public async Task Answer_that_is_older_than_what_was_sent_meanwhile_is_no_step_back_in_time()
    {
        var epoch = (await StoreAsync("1", "2")).Epoch;
        await LiveAsync();
        var sentBefore = _replay.Sent - 1;

        Assert.Null(_replay.CatchUp(new InboxEnd(sentBefore, epoch), sentBefore));

        Assert.Equal(["1", "2"], await NextAsync(2));
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task Client_that_counts_says_hello_again_when_the_inbox_is_another_or_has_gone_back()
    {
        await StoreAsync("1", "2");
        _replay.StartAfter(0, "epoch", null);
        Assert.Equal(["1", "2"], await NextAsync(2));

        Assert.Null(_replay.CatchUp(new InboxEnd(2, "epoch"), _replay.Sent));
        Assert.Equal(CloseReason.InboxReset, _replay.CatchUp(new InboxEnd(2, "after the wipe"), _replay.Sent));
        Assert.True(_replay.TryTake(Saying("1") with { Seq = 1, Epoch = "after the wipe" }, out var refusal));
        Assert.Equal(CloseReason.InboxReset, refusal);

        Assert.Null(_replay.CatchUp(new InboxEnd(1, "epoch"), _replay.Sent));
        await WhenGoneBackAsync();
    }

    [Fact]
    public async Task Hint_of_what_the_inbox_has_brought_is_told_as_a_late_one_whether_it_had_to_wait_or_not()
    {
        await StoreAsync("1", "2");
        var (first, second) = ((await _node.InboxOfAsync("bob")).Envelopes[0], (await _node.InboxOfAsync("bob")).Envelopes[1]);
        var reading = _node.Store.HoldAnswers("ReadAsync");
        _replay.Start();
        await reading.WhenReachedAsync();

        Assert.True(Take(first));
        Assert.Empty(_late);
        reading.Release();
        Assert.Equal(["1", "2"], await NextAsync(2));
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal([first], _late);

        Assert.True(Take(second));
        Assert.Equal([first, second], _late);
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task Seq_that_is_given_out_again_is_noticed_when_it_comes()
    {
        _replay.StartAfter(4, "epoch", new MessageId("four"));
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        var fourth = Saying("4") with { Seq = 4, Epoch = "epoch" };

        Assert.True(Take(fourth with { Id = new MessageId("four") }));
        Assert.True(_replay.IsSound);
        Assert.True(Take(fourth));
        await WhenGoneBackAsync();
    }

    [Fact]
    public async Task When_the_last_messages_were_stored_is_known_and_what_is_found_there_instead_begins_anew()
    {
        await StoreAsync("1", "2");
        await LiveAsync();
        Assert.Equal((await _node.InboxOfAsync("bob")).Envelopes.Select(envelope => envelope.SentAt), [_replay.StoredAt(1), _replay.StoredAt(2)]);
        Assert.Equal(0, _replay.StoredAt(3));

        _replay.NoteGoneBack();

        await Eventually.IsAsync(() => _node.Store.Count("RenewEpochAsync") == 1, "the inbox gets another epoch");
        Assert.Equal(["1", "2", "1", "2"], await NextAsync(4));
    }

    [Fact]
    public async Task Hint_that_was_stored_later_than_what_has_a_higher_seq_shows_that_the_store_has_gone_back()
    {
        _replay.StartAfter(4, "epoch", null);
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        var (fourth, fifth) = (Saying("4") with { Seq = 4, Epoch = "epoch" }, Saying("5") with { Seq = 5, Epoch = "epoch", SentAt = 1000 });

        Assert.True(Take(fifth));
        Assert.True(Take(fifth));
        Assert.True(Take(fourth with { SentAt = 999 }));
        Assert.True(_replay.IsSound);
        Assert.True(Take(fourth with { SentAt = 1001 }));
        await WhenGoneBackAsync();
    }

    [Fact]
    public async Task Hint_of_a_seq_that_was_given_out_again_shows_it_behind_a_newer_one_too()
    {
        _replay.StartAfter(0, "epoch", null);
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Envelope At(long seq, long storedAt) => Saying($"{seq}") with { Seq = seq, Epoch = "epoch", SentAt = storedAt };
        foreach (var seq in (long[])[1, 2, 3])
        {
            Assert.True(Take(At(seq, 100 + seq)));
        }

        // The store has lost 2 and 3, and what was stored since has 2, 3 and 4. The one with 4 overtakes the others.
        Assert.True(Take(At(4, 204)));
        Assert.True(_replay.IsSound);
        Assert.True(Take(At(3, 203)));
        await WhenGoneBackAsync();
    }

    [Fact]
    public async Task Seq_that_is_given_out_again_is_noticed_behind_a_replay_too()
    {
        await StoreAsync("1", "2", "3");
        var reading = _node.Store.HoldAnswers("ReadAsync");
        _replay.StartAfter(0, "epoch", null);
        await reading.WhenReachedAsync();
        Assert.True(Take(Saying("another") with { Seq = 2, Epoch = "epoch", SentAt = long.MaxValue }));
        reading.Release();

        await WhenGoneBackAsync();
    }

    [Theory]
    [InlineData("ReadCursorAsync")]
    [InlineData("ReadAsync")]
    public async Task Defect_is_told_and_closes_the_connection(string broken)
    {
        await StoreAsync("1");
        _node.Store.BreakNext(broken);

        _replay.Start();
        await _replay.Running.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal([CloseReason.Broken], _closed);
        Assert.IsType<InvalidOperationException>(Assert.Single(_log.Lines, line => line.Level == LogLevel.Error).Exception);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _replay.Running.WaitAsync(TestClient.Patience);
        _closing.Dispose();
        await _node.DisposeAsync();
    }

    /// <summary>First the inbox gets another epoch, and only then the client is sent to say hello.</summary>
    private async Task WhenGoneBackAsync()
    {
        await Eventually.IsAsync(() => _closed.Count > 0, "the connection is closed");
        Assert.Equal([CloseReason.InboxReset], _closed.Distinct());
        Assert.Equal(1, _node.Store.Count("RenewEpochAsync"));
    }

    private async Task LiveAsync()
    {
        _replay.Start();
        await _replay.Running.WaitAsync(TestClient.Patience);
    }

    private bool Take(Envelope envelope) => _replay.TryTake(envelope, out _);

    private Task<Appended> StoreAsync(params string[] texts) => _node.Kept.AppendAsync(Bob, [.. texts.Select(text => Saying(text))], CancellationToken.None);

    /// <summary>What the inbox has at this place, as its hint carries it.</summary>
    private async Task<Envelope> StoredAsync(long seq) => (await _node.InboxOfAsync("bob")).Envelopes.Single(envelope => envelope.Seq == seq);

    private async Task<List<string>> NextAsync(int count)
    {
        var texts = new List<string>();
        while (texts.Count < count)
        {
            if (_queue.TryDequeue(out var push))
            {
                texts.Add(Text(push));
            }
            else
            {
                Assert.True(await _queue.WaitToReadAsync(CancellationToken.None).AsTask().WaitAsync(TestClient.Patience), $"only {string.Join(' ', texts)} came");
            }
        }

        return texts;
    }
}
