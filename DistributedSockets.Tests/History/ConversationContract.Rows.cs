// What was sent together may be kept together: nobody sees it.
using System.Text;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.History;

public abstract partial class ConversationContract
{
    private long _last;

    [Fact]
    public async Task What_was_sent_together_is_read_from_everywhere_in_both_directions()
    {
        var it = Create();
        await EnterTogetherAsync(it, Many(5));
        await EnterAsync(it, Sent("6", Bob, Alice), Sent("7") with { TtlSeconds = 1_000_000_000 });
        await EnterTogetherAsync(it, Many(150, 8));
        await EnterTogetherAsync(it, Many(2, 158));

        await CheckPagesAsync(it, first: 1, last: 159);
    }

    [Fact]
    public async Task What_was_sent_together_comes_back_as_it_was()
    {
        var it = Create();
        Envelope[] sent =
        [
            Sent("1"), Sent("2") with { ContentType = "text/plain" }, Sent(""), Sent("4") with { TtlSeconds = 1_000_000_000, ContentType = "x/y" },
            Sent("5") with { SentBy = null }, Sent("6") with { SentBy = null }, Sent("7") with { SentAt = Now + 1 }, Sent("8") with { SentAt = Now + 1 },
            Sent("9") with { ClientId = new string('и', 200) }, Sent(new string('x', 70_000)), Sent("11") with { TtlSeconds = 1, SentAt = 1_764_000_000_000 }, Sent("12"),
        ];
        await EnterTogetherAsync(it, sent);

        var entries = (await ReadAsync(it, Bob, Alice)).Entries;
        var shown = sent.Where(message => message.TtlSeconds != 1).ToList();
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12], entries.Select(entry => entry.Rseq));
        Assert.Equal(
            shown.Select(message => (message.Id, message.From, message.SentBy ?? DeviceId.Plain, message.ClientId!, message.ContentType, message.SentAt)),
            entries.Select(entry => (entry.Id, entry.From, entry.Device, entry.ClientId, entry.ContentType, entry.At)));
        Assert.All(shown.Zip(entries), pair => Assert.True(pair.First.Body.Span.SequenceEqual(pair.Second.Body.Span)));
    }

    [Fact]
    public async Task A_page_has_so_many_bytes_whatever_was_sent_together()
    {
        var it = Create();
        for (var start = 1; start <= 121; start += 40)
        {
            await EnterTogetherAsync(it, [.. Enumerable.Range(start, 40).Select(number => Sent($"{number}".PadRight(4_000, 'x')))]);
        }

        // 65 of 4,000 are within 256 KiB, and 66 are not.
        Assert.Equal((96, 160, false), await ReadAsync(it, Alice, Bob) is var newest ? (newest.Entries[0].Rseq, newest.Entries[^1].Rseq, newest.AtEnd) : default);
        Assert.Equal((15, 79, false), await ReadAsync(it, Alice, Bob, new LogRange(After: 14)) is var later ? (later.Entries[0].Rseq, later.Entries[^1].Rseq, later.AtEnd) : default);
        Assert.Equal((1, 65, true), await ReadAsync(it, Alice, Bob, new LogRange(Before: 66)) is var oldest ? (oldest.Entries[0].Rseq, oldest.Entries[^1].Rseq, oldest.AtEnd) : default);
    }

    [Fact]
    public async Task The_oldest_go_one_by_one_though_they_were_sent_together()
    {
        var it = Create(new ConversationLimits(Messages: 30));
        var sent = Many(20);
        await EnterTogetherAsync(it, sent);
        await EnterTogetherAsync(it, Many(10, 21));
        for (var number = 31; number <= 70; number++)
        {
            await EnterTogetherAsync(it, number % 3 == 0 ? [Sent($"{number}", Bob, Alice)] : [Sent($"{number}")]);
            await CheckPagesAsync(it, first: number - 29, last: number, limit: 7);
            if (number == 35)
            {
                Assert.Equal(LogOutcome.NoSuchMessage, (await it.ChangeAsync(Change(sent[4], "x"), CancellationToken)).Outcome);
            }
        }

        await EnterTogetherAsync(it, Many(40, 71));
        await CheckPagesAsync(it, first: 81, last: 110);
        await EnterTogetherAsync(it, Many(100, 111));
        await CheckPagesAsync(it, first: 181, last: 210);
    }

    [Theory]
    [InlineData(100, 91)]
    [InlineData(55, 96)]
    [InlineData(1, 100)]
    public async Task Too_many_bytes_go_one_by_one_though_they_were_sent_together(int bytes, int first)
    {
        var it = Create(new ConversationLimits(Bytes: bytes));
        await EnterTogetherAsync(it, [.. Enumerable.Range(1, 50).Select(number => Sent($"{number}".PadRight(10)))]);
        await EnterTogetherAsync(it, [.. Enumerable.Range(51, 50).Select(number => Sent($"{number}".PadRight(10)))]);

        await CheckPagesAsync(it, first, last: 100);
    }

    [Fact]
    public async Task What_is_too_old_goes_though_something_newer_was_sent_with_it()
    {
        var it = Create(new ConversationLimits { Retention = TimeSpan.FromDays(36_500) });
        var old = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (long)TimeSpan.FromDays(36_501).TotalMilliseconds;
        await EnterTogetherAsync(it, [.. Many(10).Select(message => message with { SentAt = old }), .. Many(10, 11)]);
        Assert.Equal((11, 10), await ReadAsync(it, Alice, Bob) is var page ? (page.First, page.Entries.Count) : default);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10)]
    public async Task One_of_those_that_were_sent_together_is_edited_and_deleted(int number)
    {
        var it = Create(new ConversationLimits(Messages: 24));
        Envelope[] sent = [.. Many(4), .. Many(10)];
        await EnterTogetherAsync(it, sent[..4]);
        await EnterTogetherAsync(it, sent[4..]);
        var message = sent[3 + number];

        Assert.Equal(LogOutcome.NotYours, (await it.ChangeAsync(Change(message) with { From = Bob, To = Alice }, CancellationToken)).Outcome);
        var edit = Change(message, "edited");
        Assert.Equal((LogOutcome.Stored, 15), await it.ChangeAsync(edit, CancellationToken) is var edited ? (edited.Outcome, edited.Rseq) : default);
        Assert.Equal(LogOutcome.Duplicate, (await it.ChangeAsync(edit, CancellationToken)).Outcome);
        Assert.Equal(
            sent.Select((each, index) => (index + 1L, each.Id, each == message ? "edited" : Encoding.UTF8.GetString(each.Body.Span), each == message)),
            (await ReadAsync(it, Bob, Alice)).Entries.Select(entry => (entry.Rseq, entry.Id, Text(entry), entry.EditedAt > 0)));

        Assert.Equal(LogOutcome.Stored, (await it.ChangeAsync(Change(message), CancellationToken)).Outcome);
        var other = sent[number == 10 ? 4 : 13];
        Assert.Equal(LogOutcome.Stored, (await it.ChangeAsync(Change(other, "too"), CancellationToken)).Outcome);
        Assert.Equal(
            sent.Select(each => each == message ? "" : each == other ? "too" : Encoding.UTF8.GetString(each.Body.Span)),
            (await ReadAsync(it, Bob, Alice)).Entries.Select(Text));

        // Two edits and a deletion are entries, too.
        await EnterTogetherAsync(it, Many(15));
        Assert.Equal(9, (await ReadAsync(it, Bob, Alice)).First);
        Assert.Equal(sent[8..].Select(each => each.Id), (await ReadAsync(it, Bob, Alice)).Entries.Take(6).Select(entry => entry.Id));
    }

    [Fact]
    public async Task What_is_left_of_those_that_were_sent_together_can_be_changed()
    {
        var it = Create(new ConversationLimits(Messages: 10));
        var sent = Many(8);
        await EnterTogetherAsync(it, sent);
        await EnterTogetherAsync(it, Many(6, 9));

        // That takes the fifth out.
        Assert.Equal(LogOutcome.NoSuchMessage, (await it.ChangeAsync(Change(sent[3], "x"), CancellationToken)).Outcome);
        Assert.Equal(LogOutcome.Stored, (await it.ChangeAsync(Change(sent[6], "7a"), CancellationToken)).Outcome);
        Assert.Equal(["6", "7a", "8", "9", "10", "11", "12", "13", "14"], (await ReadAsync(it, Alice, Bob)).Entries.Select(Text));
        Assert.Equal(LogOutcome.NoSuchMessage, (await it.ChangeAsync(Change(sent[4], "x"), CancellationToken)).Outcome);
        await EnterTogetherAsync(it, Many(10, 16));
        await CheckPagesAsync(it, first: 16, last: 25);
    }

    private protected static Envelope[] Many(int count, int start = 1) => [.. Enumerable.Range(start, count).Select(number => Sent($"{number}"))];

    /// <summary>As of one outcome; twice.</summary>
    private protected async Task EnterTogetherAsync(Conversations it, params Envelope[] sent)
    {
        SentMessage[] messages = [.. sent.Select(message => new SentMessage(_last + 1, message))];
        _last++;
        await it.EnterAsync(sent[0].From, sent[0].To, "together", messages, CancellationToken);
        await it.EnterAsync(sent[0].From, sent[0].To, "together", messages, CancellationToken);
    }

    /// <summary>Whose texts are their numbers, from every place on.</summary>
    private static async Task CheckPagesAsync(Conversations it, int first, int last, int limit = 3)
    {
        for (var place = first - 1; place <= last + 1; place++)
        {
            var after = await ReadAsync(it, Bob, Alice, new LogRange(After: place), limit);
            Assert.Equal((first, last), (after.First, after.End.Rseq));
            var from = Math.Max(place + 1, first);
            Check(after, from, Math.Min(from + limit - 1, last), atEnd: from + limit > last);

            var before = await ReadAsync(it, Bob, Alice, new LogRange(Before: place), limit);
            var to = Math.Min(place - 1, last);
            Check(before, Math.Max(to - limit + 1, first), to, atEnd: to - limit < first);
        }

        static void Check(LogPage page, int from, int to, bool atEnd)
        {
            Assert.Equal(Enumerable.Range(from, Math.Max(to - from + 1, 0)).Select(number => (long)number), page.Entries.Select(entry => entry.Rseq));
            Assert.Equal(page.Entries.Select(entry => $"{entry.Rseq}"), page.Entries.Select(entry => Text(entry).TrimEnd()));
            Assert.Equal(atEnd, page.AtEnd);
        }
    }
}
