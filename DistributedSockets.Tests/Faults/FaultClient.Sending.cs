// One device of one user: what it sends, and when.
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedSockets.Tests.Faults;

internal sealed partial class FaultClient
{
    private const int AcknowledgeEvery = 50;

    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(1);

    /// <summary>A node that can't store says so well before.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Sparse = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly TimeSpan _silenceLimit;
    private readonly Dictionary<string, FaultLane> _lanes = [];
    private readonly Dictionary<string, int> _numbers = [];
    private readonly Dictionary<string, SentMessage> _sent = [];

    /// <summary>Messages without an acknowledgement.</summary>
    public int Unacknowledged
    {
        get
        {
            lock (_lock)
            {
                return _lanes.Values.Sum(lane => lane.Unacknowledged);
            }
        }
    }

    /// <summary>False when too much to that user waits already.</summary>
    /// <param name="isRoom">It goes to a room of that name.</param>
    public bool TrySend(string to, int padding = 0, bool isRoom = false)
    {
        lock (_lock)
        {
            if (!_lanes.TryGetValue(to, out var lane))
            {
                _lanes[to] = lane = new FaultLane();
            }

            if (!lane.HasRoom)
            {
                return false;
            }

            var number = _numbers[to] = _numbers.GetValueOrDefault(to) + 1;
            var message = new SentMessage(new MessageKey(Device, to, number), User, padding, isRoom);
            _journal.Messages.Add(message);
            _sent[message.Id] = message;
            lane.Add(message);
            Pump(lane);
            return true;
        }
    }

    /// <summary>What the device has shown, as of now.</summary>
    public List<Surfaced> Shown()
    {
        lock (_lock)
        {
            return [.. Memory.Surfaced];
        }
    }

    private string Hello() => JsonSerializer.Serialize(
        new
        {
            type = "hello",
            device = Device,
            resume = Memory.Resume,
            ack = Memory.Epoch is null ? (long?)null : Memory.Seq,
            epoch = Memory.Epoch,
            mid = Memory.Mid,
            client = new { name = "faults", version = "1" },
        },
        Sparse);

    private async Task TickAsync(CancellationToken offline)
    {
        using var timer = new PeriodicTimer(TickPeriod);
        try
        {
            while (await timer.WaitForNextTickAsync(offline))
            {
                lock (_lock)
                {
                    if (_current is { Ended.IsCompleted: false } session)
                    {
                        Acknowledge(session);
                        AcknowledgeRooms(session);
                        Repeat();
                        foreach (var lane in _lanes.Values)
                        {
                            Pump(lane);
                        }

                        CheckSilence(session);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Offline.
        }
    }

    private static void Acknowledge(FaultSession session)
    {
        if (session.Received > session.Acknowledged)
        {
            session.Acknowledged = session.Received;
            session.Socket.Post($$"""{"type":"ack","seq":{{session.Received}}}""");
        }
    }

    private void Pump(FaultLane lane)
    {
        if (_current is { Ended.IsCompleted: false } session)
        {
            foreach (var message in lane.TakeSendable())
            {
                message.OnSent(Stopwatch.GetTimestamp());
                session.Socket.Post(message.Frame);
            }
        }
    }

    /// <summary>A connection that says nothing is as good as gone: a browser can't see the node's own pings either.</summary>
    private void CheckSilence(FaultSession session)
    {
        if (session.IsDeaf)
        {
            return;
        }

        if (session.Silence > _silenceLimit)
        {
            _journal.Note($"{Device} heard nothing from {session.Socket.Node.Port} for {session.Silence.TotalSeconds:0.0} s");
            session.Socket.Abort();
        }
        else if (_lanes.Values.Select(lane => lane.Oldest).FirstOrDefault(IsForgotten) is { } forgotten)
        {
            _journal.Violate($"{forgotten.Key} got no answer from {session.Socket.Node.Port} for {AnswerLimit.TotalSeconds:0} s");
            session.Socket.Abort();
        }
        else if (session.Silence > PingAfter && Stopwatch.GetElapsedTime(session.PingedAt) > PingAfter)
        {
            session.PingedAt = Stopwatch.GetTimestamp();
            session.Socket.Post("""{"type":"ping"}""");
        }
    }

    private static bool IsForgotten(SentMessage? message) => message is not null && Stopwatch.GetElapsedTime(message.LastSentAt) > AnswerLimit;
}
