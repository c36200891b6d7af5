// What every log of conversations promises: both read the same, once, and as it is after its last change.
using System.Text;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.History;

/// <summary>What every log of conversations promises; a subclass says which one.</summary>
public abstract partial class ConversationContract
{
    private protected static readonly UserId Alice = new("alice");
    private protected static readonly UserId Bob = new("bob {b:б}");
    private const long Now = 1_900_000_000_000;
    private static readonly DeviceId Phone = new("phone");

    private readonly Dictionary<MessageId, long> _numbers = [];

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    /// <summary>Empty conversations.</summary>
    private protected abstract IConversationLog CreateLog(ConversationLimits limits);

    [Fact]
    public async Task Both_read_what_both_have_sent_and_nobody_elses()
    {
        var it = Create();
        await EnterAsync(it, Sent("1"), Sent("2"));
        await EnterAsync(it, Sent("3", Bob, Alice) with { ContentType = "text/plain" });
        await EnterAsync(it, Sent("x", Alice, new UserId("bob {b")), Sent("y", Alice, new UserId("bob {b")));

        var (ours, theirs) = (await ReadAsync(it, Alice, Bob), await ReadAsync(it, Bob, Alice));

        Assert.Equal(["1", "2", "3"], ours.Entries.Select(Text));
        Assert.Equal([1, 2, 3], ours.Entries.Select(entry => entry.Rseq));
        Assert.Equal([Alice, Alice, Bob], ours.Entries.Select(entry => entry.From));
        Assert.Equal((Now, "text/plain"), (ours.Entries[2].At, ours.Entries[2].ContentType));
        Assert.Equal(ours.Entries.Select(entry => entry.Id), theirs.Entries.Select(entry => entry.Id));
        Assert.Equal(ours.End, theirs.End);
        Assert.Empty((await ReadAsync(it, Alice, new UserId("carol"))).Entries);
    }

    [Fact]
    public async Task It_is_paged_in_both_directions()
    {
        var it = Create();
        await EnterAsync(it, [.. Enumerable.Range(1, 300).Select(number => Sent($"{number}"))]);

        Assert.Equal(["299", "300"], (await ReadAsync(it, Alice, Bob, limit: 2)).Entries.Select(Text));
        var page = await ReadAsync(it, Bob, Alice, new LogRange(Before: 299), limit: 2);
        Assert.Equal(["297", "298"], page.Entries.Select(Text));
        Assert.False(page.AtEnd);
        Assert.Equal(["10", "11"], (await ReadAsync(it, Bob, Alice, new LogRange(After: 9), limit: 2)).Entries.Select(Text));
    }

    [Fact]
    public async Task What_is_owed_is_entered_once_and_an_id_of_the_senders_may_be_used_again()
    {
        var it = Create();
        SentMessage[] sent = [.. new[] { 1L, 1, 2, 5, 5 }.Select((number, index) => new SentMessage(number, Sent($"{index}") with { ClientId = "a" }))];

        await it.EnterAsync(Alice, Bob, "life", sent[..3], CancellationToken);
        await it.EnterAsync(Alice, Bob, "life", sent, CancellationToken);
        await it.EnterAsync(Alice, Bob, "life", sent[..2], CancellationToken);
        Assert.Equal(["0", "1", "2", "3", "4"], (await ReadAsync(it, Alice, Bob)).Entries.Select(Text));

        // What the other has sent has numbers of its own, and so have those of another life.
        await it.EnterAsync(Bob, Alice, "life", [new SentMessage(1, Sent("b", Bob, Alice))], CancellationToken);
        await it.EnterAsync(Alice, Bob, "next", [new SentMessage(1, Sent("c"))], CancellationToken);
        Assert.Equal(["b", "c"], (await ReadAsync(it, Alice, Bob, limit: 2)).Entries.Select(Text));
    }

    [Fact]
    public async Task Messages_of_one_outcome_are_not_parted()
    {
        var it = Create();
        SentMessage[] sent = [.. Enumerable.Range(0, 600).Select(index => new SentMessage(index < 10 ? 1 : index < 590 ? 2 : 3, Sent($"{index}")))];

        await it.EnterAsync(Alice, Bob, "life", sent, CancellationToken);

        Assert.Equal(600, (await ReadAsync(it, Alice, Bob)).End.Rseq);
    }

    [Fact]
    public async Task The_sender_edits_and_deletes_and_both_see_it()
    {
        var it = Create();
        var (first, second) = (Sent("1"), Sent("2"));
        await EnterAsync(it, first, second);
        var edit = Change(first, "1a");

        var edited = await it.ChangeAsync(edit, CancellationToken);
        Assert.Equal((LogOutcome.Stored, edit.Id), (edited.Outcome, edited.Id));
        Assert.Equal(LogOutcome.Stored, (await it.ChangeAsync(Change(second), CancellationToken)).Outcome);
        var repeated = await it.ChangeAsync(edit with { Id = MessageId.New(TimeProvider.System) }, CancellationToken);

        Assert.Equal((LogOutcome.Duplicate, edit.Id), (repeated.Outcome, repeated.Id));
        var entries = (await ReadAsync(it, Bob, Alice)).Entries;
        Assert.Equal([("1a", true, false), ("", false, true)], entries.Select(entry => (Text(entry), entry.EditedAt > 0, entry.DeletedAt > 0)));

        // Whoever was held up with it comes late.
        await EnterAsync(it, first, second);
        Assert.Equal(["1a", ""], (await ReadAsync(it, Bob, Alice)).Entries.Select(Text));
        Assert.Equal(LogOutcome.Stored, (await it.ChangeAsync(Change(first, "1b"), CancellationToken)).Outcome);
        Assert.Equal(LogOutcome.Gone, (await it.ChangeAsync(edit, CancellationToken)).Outcome);
    }

    [Fact]
    public async Task What_may_not_be_changed_stays()
    {
        var it = Create(new ConversationLimits { EditsPerMessage = 1 });
        var (sent, deleted, past) = (Sent("1"), Sent("2"), Sent("3") with { TtlSeconds = 1, SentAt = 1_764_000_000_000 });
        await EnterAsync(it, sent, deleted, past);
        await it.ChangeAsync(Change(deleted), CancellationToken);
        var edit = Change(sent, "1a");
        await it.ChangeAsync(edit, CancellationToken);

        foreach (var (change, expected) in new[]
        {
            (Change(sent) with { From = Bob, To = Alice }, LogOutcome.NotYours),
            (Change(sent) with { Of = new MessageId("none") }, LogOutcome.NoSuchMessage),
            (Change(sent) with { To = new UserId("carol") }, LogOutcome.NoSuchMessage),
            (Change(deleted, "2a"), LogOutcome.NoSuchMessage),
            (Change(past, "3a"), LogOutcome.NoSuchMessage),
            (Change(sent, "1b"), LogOutcome.TooManyEdits),
            (Change(sent, "1b") with { ClientId = edit.ClientId }, LogOutcome.IdReused),
        })
        {
            Assert.Equal(expected, (await it.ChangeAsync(change, CancellationToken)).Outcome);
        }

        Assert.Equal(["1a", ""], (await ReadAsync(it, Alice, Bob)).Entries.Select(Text));
    }

    [Fact]
    public async Task The_oldest_go_to_make_room()
    {
        var it = Create(new ConversationLimits(Messages: 3));
        var first = Sent("1");
        await EnterAsync(it, first, Sent("2"));
        await EnterAsync(it, Sent("3", Bob, Alice), Sent("4", Bob, Alice));

        var page = await ReadAsync(it, Alice, Bob);
        Assert.Equal(["2", "3", "4"], page.Entries.Select(Text));
        Assert.Equal((2, 4), (page.First, page.End.Rseq));
        Assert.Equal(LogOutcome.NoSuchMessage, (await it.ChangeAsync(Change(first, "x"), CancellationToken)).Outcome);
    }

    [Fact]
    public async Task Without_room_for_messages_nothing_is_kept()
    {
        var it = Create(new ConversationLimits(Messages: 0));
        var sent = Sent("1");
        await EnterAsync(it, sent);

        Assert.Equal(LogOutcome.NoSuchMessage, (await it.ChangeAsync(Change(sent), CancellationToken)).Outcome);
        var page = await ReadAsync(it, Alice, Bob);
        Assert.Equal((0, true, default), (page.Entries.Count, page.AtEnd, page.End));
    }

    private protected static Envelope Sent(string body, UserId? from = null, UserId? to = null) =>
        new(MessageId.New(TimeProvider.System), from ?? Alice, to ?? Bob, Encoding.UTF8.GetBytes(body), Now) { ClientId = Guid.NewGuid().ToString(), SentBy = Phone };

    /// <summary>An edit, or without a body a deletion.</summary>
    private protected static Envelope Change(Envelope message, string? body = null) => Sent(body ?? "", message.From, message.To) with
    {
        Kind = body is null ? EnvelopeKind.Delete : EnvelopeKind.Edit,
        Of = message.Id,
    };

    /// <summary>One after the other, as of outcomes that are owed for the first time.</summary>
    private protected Task EnterAsync(Conversations it, params Envelope[] sent) =>
        it.EnterAsync(sent[0].From, sent[0].To, "life", [.. sent.Select(message => new SentMessage(NumberOf(message), message))], CancellationToken);

    private protected Conversations Create(ConversationLimits? limits = null) => new(CreateLog(limits ?? new ConversationLimits()), limits ?? new ConversationLimits());

    private static Task<LogPage> ReadAsync(Conversations it, UserId user, UserId peer, LogRange range = default, int limit = 100) =>
        it.ReadAsync(user, peer, range, limit, CancellationToken);

    /// <summary>The same for the same message.</summary>
    private long NumberOf(Envelope message)
    {
        if (!_numbers.TryGetValue(message.Id, out var number))
        {
            _numbers.Add(message.Id, number = _numbers.Count + 1);
        }

        return number;
    }

    private static string Text(LogEntry entry) => Encoding.UTF8.GetString(entry.Body.Span);
}
