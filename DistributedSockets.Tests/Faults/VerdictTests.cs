// The judge itself: what it calls lost, missed, duplicated, reordered, and what it lets pass.
using System.Diagnostics;
using System.Text.Json;

namespace DistributedSockets.Tests.Faults;

public sealed class VerdictTests
{
    private const string Epoch = "e1";

    private readonly Journal _journal = new();
    private long _now = Stopwatch.GetTimestamp();
    private int _seq;

    [Fact]
    public void What_was_acknowledged_shown_and_receipted_is_clean()
    {
        var phone = Device("bob", "phone");
        Show(phone, Acknowledge(Send(1)));

        var verdict = Verdict.Of(_journal);

        Assert.True(verdict.IsClean, string.Join('\n', verdict.Failures));
        Assert.Equal((1, 1, 1), (verdict.Sent, verdict.Acknowledged, verdict.Seen));
    }

    [Fact]
    public void What_was_acknowledged_and_never_shown_is_lost()
    {
        Device("bob", "phone");
        Acknowledge(Send(1));

        Assert.Single(Verdict.Of(_journal).Lost);
    }

    [Fact]
    public void What_expired_is_not_lost()
    {
        Device("bob", "phone");
        _journal.OnReceipt(Acknowledge(Send(1), receipt: null).Mid!, "expired");

        Assert.True(Verdict.Of(_journal).IsClean);
    }

    [Fact]
    public void What_only_one_of_two_devices_has_shown_was_missed_by_the_other()
    {
        var phone = Device("bob", "phone");
        Device("bob", "laptop");
        Show(phone, Acknowledge(Send(1)));

        Assert.Single(Verdict.Of(_journal).Missed);
    }

    [Fact]
    public void What_a_device_has_shown_twice_is_duplicated()
    {
        var phone = Device("bob", "phone");
        var message = Acknowledge(Send(1));
        Show(phone, message);
        Show(phone, message);

        Assert.Single(Verdict.Of(_journal).Duplicated);
    }

    [Fact]
    public void What_comes_at_or_below_the_last_seq_is_dropped_and_so_is_an_old_mid_in_a_new_epoch()
    {
        var phone = Device("bob", "phone");
        var message = Acknowledge(Send(1));
        Show(phone, message);

        Assert.False(phone.Memory.OnMessage(message.Key, message.Mid!, _seq, connection: 1));
        Welcome(phone, "e2");
        Assert.False(phone.Memory.OnMessage(message.Key, message.Mid!, 1, connection: 2));
        Assert.True(Verdict.Of(_journal).IsClean);
    }

    [Fact]
    public void Two_of_one_connection_in_the_wrong_order_are_reordered()
    {
        var phone = Device("bob", "phone");
        var (first, second) = (Send(1), Send(2));
        Acknowledge(first);
        Acknowledge(second);
        Show(phone, second);
        Show(phone, first);

        Assert.Single(Verdict.Of(_journal).Reordered);
    }

    [Fact]
    public void One_that_was_sent_after_the_acknowledgement_of_the_other_must_not_overtake_it()
    {
        var phone = Device("bob", "phone");
        var first = Acknowledge(Send(1), connection: 1);
        var second = Acknowledge(Send(2), connection: 2);
        Show(phone, second);
        Show(phone, first);

        Assert.Single(Verdict.Of(_journal).Reordered);
    }

    [Fact]
    public void After_an_error_in_between_no_order_was_promised()
    {
        var phone = Device("bob", "phone");
        var (first, second) = (Send(1), Send(2));
        first.OnFailed(1);
        Acknowledge(second);
        Acknowledge(first);
        Show(phone, second);
        Show(phone, first);

        var verdict = Verdict.Of(_journal);
        Assert.Empty(verdict.Reordered);
        Assert.Equal(1, verdict.Inverted);
    }

    [Fact]
    public void A_sender_who_was_told_nothing_or_two_different_things_misses_a_receipt()
    {
        var phone = Device("bob", "phone");
        Show(phone, Acknowledge(Send(1), receipt: null));
        var second = Acknowledge(Send(2));
        Show(phone, second);
        _journal.OnReceipt(second.Mid!, "failed");

        Assert.Equal(2, Verdict.Of(_journal).ReceiptsMissing.Count);
    }

    [Fact]
    public void What_the_fault_itself_took_away_is_forgiven_and_what_came_later_is_not()
    {
        Device("bob", "phone");
        Acknowledge(Send(1));
        _journal.StoreLostAt = Tick();
        Acknowledge(Send(2));

        var verdict = Verdict.Of(_journal);
        Assert.Single(verdict.Lost);
        Assert.Equal(1, verdict.Forgiven);
    }

    [Fact]
    public void Message_to_a_room_is_missed_by_a_device_that_was_there_before_and_by_no_other()
    {
        var (phone, tablet, late) = (Member("bob", "phone"), Member("carol", "tablet"), Device("dave", "late"));
        var message = Say(1, rseq: 7);
        late.Enter("team", Epoch, after: 7, Tick());
        Show(phone, message, rseq: 7);

        var verdict = Judge(phone, tablet, late);

        Assert.Contains("tablet", Assert.Single(verdict.Missed), StringComparison.Ordinal);
        Assert.Equal((1, 1, 0), (verdict.AcknowledgedInRooms, verdict.ShownInRooms, verdict.ReceiptsMissing.Count));
    }

    [Fact]
    public void Message_to_a_room_that_nobody_has_shown_is_lost()
    {
        var phone = Member("bob", "phone");
        Say(1, rseq: 7);

        Assert.Single(Judge(phone).Lost);
    }

    [Fact]
    public void Place_in_a_room_is_the_same_for_all_and_no_device_shows_a_message_twice()
    {
        var (phone, tablet) = (Member("bob", "phone"), Member("carol", "tablet"));
        var message = Say(1, rseq: 7);
        Show(phone, message, rseq: 7);
        Show(phone, message, rseq: 7);
        Show(tablet, message, rseq: 8);

        var verdict = Judge(phone, tablet);

        Assert.Contains("tablet", Assert.Single(verdict.Reordered), StringComparison.Ordinal);
        Assert.Contains("phone", Assert.Single(verdict.Duplicated), StringComparison.Ordinal);
    }

    [Fact]
    public void Watcher_who_was_misled_fails_the_run()
    {
        _journal.Misled("phone believes what is not so");

        Assert.False(Verdict.Of(_journal).IsClean);
    }

    [Theory]
    [InlineData("""{"user":"bob","online":true,"v":7}""", """{"user":"bob","online":false,"v":8}""", true)]
    [InlineData("""{"user":"bob","online":true,"v":7}""", """{"user":"bob","online":true,"v":7}""", true)]
    [InlineData("""{"user":"bob","online":true,"v":7}""", """{"user":"bob","online":false,"v":7}""", false)]
    [InlineData("""{"user":"bob","online":true,"v":7}""", """{"user":"bob","online":true,"v":6}""", false)]
    [InlineData("""{"room":"r","members":[{"user":"bob"}]}""", """{"room":"r","joined":[],"left":["bob"]}""", true)]
    [InlineData("""{"room":"r","members":[{"user":"bob"}]}""", """{"room":"r","joined":[{"user":"carol"}],"left":["dave"]}""", false)]
    public void Picture_goes_forward_only(string first, string second, bool isRight)
    {
        var picture = new PresencePicture();
        Assert.Null(Take(first));
        Assert.Equal(isRight, Take(second) is null);

        string? Take(string push)
        {
            using var document = JsonDocument.Parse(push);
            return push.Contains("room", StringComparison.Ordinal) ? picture.OnRoom(document.RootElement) : picture.OnUser(document.RootElement);
        }
    }

    private FaultClient Member(string user, string device)
    {
        var client = Device(user, device);
        client.Enter("team", Epoch, after: 6, Tick());
        return client;
    }

    private Verdict Judge(params FaultClient[] members)
    {
        _journal.Members = new Dictionary<string, IReadOnlyList<FaultClient>> { ["team"] = members };
        return Verdict.Of(_journal);
    }

    private SentMessage Say(int number, long rseq)
    {
        var message = new SentMessage(new MessageKey("alice.phone", "team", number), "alice", padding: 0, isRoom: true) { Rseq = rseq };
        message.OnSent(Tick());
        _journal.Messages.Add(message);
        return Acknowledge(message, receipt: null);
    }

    private void Show(FaultClient client, SentMessage message, long rseq) => client.Memory.Surfaced.Add(new Surfaced(message.Key, message.Mid!, rseq, Epoch, Connection: 1, Tick()));

    private FaultClient Device(string user, string device)
    {
        var client = new FaultClient(_journal, user, device, [new Uri("http://localhost:1")], home: 0, seed: 1);
        Welcome(client, Epoch);
        return client;
    }

    private void Welcome(FaultClient client, string epoch) =>
        client.Memory.OnWelcome(new Welcome(1, "server-1", Resumed: false, "new", HasGap: false, epoch, 0, Tick()), "token");

    private SentMessage Send(int number)
    {
        var message = new SentMessage(new MessageKey("alice.phone", "bob", number), "alice", padding: 0);
        message.OnSent(Tick());
        _journal.Messages.Add(message);
        return message;
    }

    private SentMessage Acknowledge(SentMessage message, int connection = 1, string? receipt = "delivered")
    {
        message.OnAcknowledged(connection, $"mid-{message.Key.Number}", duplicate: false, Tick());
        if (receipt is not null)
        {
            _journal.OnReceipt(message.Mid!, receipt);
        }

        return message;
    }

    private void Show(FaultClient client, SentMessage message) => client.Memory.OnMessage(message.Key, message.Mid!, ++_seq, connection: 1);

    private long Tick() => ++_now;
}
