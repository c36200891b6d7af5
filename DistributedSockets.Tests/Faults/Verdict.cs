// The verdict of a fault run: what became of every message, and the counts that have to be zero.
using System.Diagnostics;
using System.Globalization;

namespace DistributedSockets.Tests.Faults;

/// <summary>
/// What became of every message. What must be zero in any run: <see cref="Lost"/>, <see cref="Missed"/>, <see cref="Duplicated"/>, <see cref="Reordered"/>,
/// <see cref="ReceiptsMissing"/>, <see cref="Unacknowledged"/>, <see cref="Misled"/> and the clients' violations. Messages to users and to rooms count together.
/// </summary>
internal sealed partial class Verdict
{
    private static readonly string[] Outcomes = ["delivered", "expired", "failed"];

    private readonly Journal _journal;
    private readonly ILookup<MessageKey, (FaultClient Client, Surfaced Surfaced)> _shown;
    private readonly List<FaultClient> _clients;
    private readonly Dictionary<MessageKey, SentMessage> _messages = [];

    private Verdict(Journal journal)
    {
        _journal = journal;
        _clients = [.. journal.Clients];
        _shown = _clients.SelectMany(client => client.Shown().Select(surfaced => (Client: client, Surfaced: surfaced))).ToLookup(shown => shown.Surfaced.Key);
        var now = Stopwatch.GetTimestamp();
        foreach (var message in journal.Messages.Where(message => message.FirstSentAt > 0))
        {
            _messages[message.Key] = message;
            Judge(message, now);
        }

        foreach (var client in _clients)
        {
            JudgeOrder(client);
        }
    }

    public int Sent { get; private set; }

    public int Acknowledged { get; private set; }

    /// <summary>Messages that at least one device of the recipient has shown.</summary>
    public int Seen { get; private set; }

    /// <summary>Acknowledged, shown by no device of the recipient, and no receipt says expired or failed.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>Acknowledged and shown by another device of the recipient, not by this one, which was known before the message was sent.</summary>
    public List<string> Missed { get; } = [];

    /// <summary>Shown twice by one device.</summary>
    public List<string> Duplicated { get; } = [];

    /// <summary>Shown after a later one although their order was promised.</summary>
    public List<string> Reordered { get; } = [];

    /// <summary>Acknowledged, and the sender was told of no outcome, or of two different ones.</summary>
    public List<string> ReceiptsMissing { get; } = [];

    /// <summary>Sent, and the system has neither taken nor refused it in all that time.</summary>
    public List<string> Unacknowledged { get; } = [];

    /// <summary>Shown after a later one where the sender had been told of an error in between, or had lost its connection: no promise is broken.</summary>
    public int Inverted { get; private set; }

    /// <summary>What would count but for what the fault itself has taken from the store.</summary>
    public int Forgiven { get; private set; }

    /// <summary>The longest that a sender has waited from the first sending to the acknowledgement.</summary>
    public TimeSpan WorstOutage { get; private set; }

    /// <summary>Set where something came only when everybody had connected anew.</summary>
    public bool NeededNewConnections { get; set; }

    public bool IsClean => Failures.Count == 0;

    /// <summary>True while waiting longer may still help.</summary>
    public bool IsIncomplete => Lost.Count + Missed.Count + ReceiptsMissing.Count + Unacknowledged.Count > 0;

    /// <summary>Everything that must not be.</summary>
    public IReadOnlyList<string> Failures =>
    [
        .. Lost.Select(text => $"lost: {text}"),
        .. Missed.Select(text => $"missed by a device: {text}"),
        .. Duplicated.Select(text => $"duplicated: {text}"),
        .. Reordered.Select(text => $"reordered: {text}"),
        .. ReceiptsMissing.Select(text => $"receipt: {text}"),
        .. Unacknowledged.Select(text => $"never acknowledged: {text}"),
        .. Misled.Select(text => $"presence: {text}"),
        .. _journal.Violations.Select(text => $"violation: {text}"),
    ];

    public static string Header =>
        "case                                     |  sent | acked |  seen | lost | missed | duplicated | reordered | receipts missing | unpromised order | forgiven | rooms acked | shown | presence wrong | worst outage";

    public static Verdict Of(Journal journal) => new(journal);

    public string Row(string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-40} | {Sent,5} | {Acknowledged,5} | {Seen,5} | {Lost.Count,4} | {Missed.Count,6} | {Duplicated.Count,10} | {Reordered.Count,9} | {ReceiptsMissing.Count,16} | {Inverted,16} | {Forgiven,8} | {AcknowledgedInRooms,11} | {ShownInRooms,5} | {Misled.Count,14} | {WorstOutage.TotalSeconds,8:0.00} s{(NeededNewConnections ? " (only new connections brought the rest)" : "")}");

    private void Judge(SentMessage message, long now)
    {
        var shown = _shown[message.Key].ToList();
        Sent++;
        Seen += shown.Count > 0 ? 1 : 0;
        WorstOutage = Max(WorstOutage, Stopwatch.GetElapsedTime(message.FirstSentAt, message.IsAcknowledged ? message.AcknowledgedAt : now));
        foreach (var again in shown.GroupBy(one => one.Client).Where(group => group.Count() > 1))
        {
            Count(Duplicated, message, $"{Tell(message)}; {again.Key.Device} has shown it as {string.Join(", ", again.Select(one => Tell(one.Surfaced)))}");
        }

        if (message.IsAcknowledged)
        {
            Acknowledged++;
            if (message.IsRoom)
            {
                JudgeRoom(message, shown);
            }
            else
            {
                JudgeArrival(message, shown);
                JudgeReceipts(message, shown);
            }
        }
        else if (message.Refusal is null)
        {
            Unacknowledged.Add(Tell(message));
        }
    }

    private void JudgeArrival(SentMessage message, List<(FaultClient Client, Surfaced Surfaced)> shown)
    {
        var states = StatesOf(message);
        if (states.Contains("expired") || states.Contains("failed"))
        {
            return;
        }

        if (shown.Count == 0)
        {
            Count(Lost, message, $"{Tell(message)}; {string.Join("; ", _clients.Where(client => client.User == message.Key.To).Select(Tell))}");
            return;
        }

        // A device that the user had before: it has a cursor of its own, and whatever another device has read it gets too.
        foreach (var client in _clients.Where(client => client.User == message.Key.To && shown.TrueForAll(one => one.Client != client)))
        {
            if (client.Memory.Welcomes is [var first, ..] && first.At < message.FirstSentAt)
            {
                Count(Missed, message, $"{Tell(message)}; {Tell(client)}, {string.Join(", ", shown.Select(one => $"{one.Client.Device} has shown {Tell(one.Surfaced)}"))}");
            }
        }
    }

    private void JudgeReceipts(SentMessage message, List<(FaultClient Client, Surfaced Surfaced)> shown)
    {
        var states = StatesOf(message);
        if (states.Count == 0)
        {
            Count(ReceiptsMissing, message, $"none for {Tell(message)}; shown as {string.Join(", ", shown.Select(one => Tell(one.Surfaced)))}");
        }
        else if (states.Count > 1)
        {
            ReceiptsMissing.Add($"{string.Join(" and ", states)} for {Tell(message)}");
        }
    }

    private void JudgeOrder(FaultClient client)
    {
        foreach (var lane in client.Shown().GroupBy(surfaced => (surfaced.Key.Device, surfaced.Key.To)))
        {
            var before = new List<Surfaced>();
            foreach (var surfaced in lane)
            {
                foreach (var later in before.Where(one => one.Key.Number > surfaced.Key.Number))
                {
                    if (_messages.TryGetValue(surfaced.Key, out var first) && _messages.TryGetValue(later.Key, out var second))
                    {
                        JudgePair(client, first, second, surfaced, later);
                        break;
                    }
                }

                before.Add(surfaced);
            }
        }
    }

    /// <summary>
    /// Two messages of one lane, the later of which was shown first. Their order was promised when the later one was first sent after the earlier had its acknowledgement,
    /// or when sendings over the same connection have stored both and none of them had failed before.
    /// </summary>
    private void JudgePair(FaultClient client, SentMessage first, SentMessage second, Surfaced shown, Surfaced shownBefore)
    {
        var inTurn = first.IsAcknowledged && first.AcknowledgedAt < second.FirstSentAt;
        var together = first.IsAcknowledged && second.IsAcknowledged && first.AcknowledgedOn == second.AcknowledgedOn
            && !first.WasDuplicate && !second.WasDuplicate && !first.FailedOn(first.AcknowledgedOn) && !second.FailedOn(first.AcknowledgedOn);
        if (inTurn || together)
        {
            Count(Reordered, first, $"{Tell(first)} after {Tell(second)} on {client.Device}: {Tell(shown)} after {Tell(shownBefore)}");
        }
        else
        {
            Inverted++;
        }
    }

    private void Count(List<string> list, SentMessage message, string text)
    {
        if (_journal.StoreLostAt > 0 && message.FirstSentAt < _journal.StoreLostAt)
        {
            Forgiven++;
        }
        else
        {
            list.Add(text);
        }
    }

    private List<string> StatesOf(SentMessage message) =>
        message.Mid is { } mid && _journal.Receipts.TryGetValue(mid, out var states) ? [.. states.Keys.Intersect(Outcomes)] : [];

    private string Tell(SentMessage message) => string.Create(
        CultureInfo.InvariantCulture,
        $"{message.Key} (id {message.Id}, mid {message.Mid}, sent {message.Sends}x from {_journal.Seconds(message.FirstSentAt):0.000} s to {_journal.Seconds(message.LastSentAt):0.000} s, acked {_journal.Seconds(message.AcknowledgedAt):0.000} s on connection {message.AcknowledgedOn}{(message.WasDuplicate ? ", dup" : "")})");

    /// <summary>A device and its last connections.</summary>
    private string Tell(FaultClient client) => $"{client.Device} is at seq {client.Memory.Seq}, has dropped {client.Memory.Dropped}, was welcomed " + string.Join(
        ", ", client.Memory.Welcomes.TakeLast(4).Select(welcome => string.Create(
            CultureInfo.InvariantCulture, $"{_journal.Seconds(welcome.At):0.000} s on {welcome.Node} at seq {welcome.Seq} of {welcome.Epoch} ({welcome.Reason ?? "resumed"})")));

    private string Tell(Surfaced surfaced) => string.Create(
        CultureInfo.InvariantCulture, $"seq {surfaced.Seq} of epoch {surfaced.Epoch}, mid {surfaced.Mid}, connection {surfaced.Connection}, {_journal.Seconds(surfaced.At):0.000} s");

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
