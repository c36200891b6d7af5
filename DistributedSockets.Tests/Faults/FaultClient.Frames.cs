// One device of one user: what it says and what it makes of what it is told.
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
    public bool TrySend(string to, int padding = 0)
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
            var message = new SentMessage(new MessageKey(Device, to, number), User, padding);
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

    private void OnObject(FaultSession session, JsonElement root)
    {
        session.OnHeard();
        lock (_lock)
        {
            switch (root.GetProperty("type").GetString())
            {
                case "welcome":
                    OnWelcome(session, root);
                    break;
                case "ack":
                    OnAck(session, root);
                    break;
                case "error":
                    OnError(session, root);
                    break;
                case "msg" when session == _current:
                    OnMessage(session, root);
                    break;
                case "receipt" when session == _current:
                    OnReceipt(root);
                    break;
                case "drain":
                    session.Draining.TrySetResult(root.TryGetProperty("url", out var url) ? new Uri(url.GetString()!) : null);
                    break;
                case "msg" or "receipt" or "pong":
                    // The last of a connection that was left comes over the new one again.
                    break;
                case var other:
                    _journal.Violate($"{Device} got a frame of type {other}");
                    break;
            }
        }
    }

    private void OnWelcome(FaultSession session, JsonElement root)
    {
        var welcome = new Welcome(
            session.Number,
            root.GetProperty("node").GetString()!,
            root.GetProperty("resumed").GetBoolean(),
            root.TryGetProperty("reason", out var reason) ? reason.GetString() : null,
            root.TryGetProperty("gap", out _),
            root.GetProperty("epoch").GetString()!,
            root.GetProperty("seq").GetInt64(),
            Stopwatch.GetTimestamp());
        Memory.OnWelcome(welcome, root.GetProperty("resume").GetString()!);
        if (welcome.Resumed == (welcome.Reason is not null))
        {
            _journal.Violate($"{Device}: {root.GetRawText()} says both or neither");
        }

        _current = session;
        session.Acknowledged = Memory.Seq;
        session.Welcomed.TrySetResult();
        foreach (var lane in _lanes.Values)
        {
            lane.Restart();
            Pump(lane);
        }
    }

    private void OnMessage(FaultSession session, JsonElement root)
    {
        var body = root.GetProperty("body");
        var key = new MessageKey(body.GetProperty("device").GetString()!, root.GetProperty("to").GetString()!, body.GetProperty("number").GetInt32());
        Memory.OnMessage(key, root.GetProperty("mid").GetString()!, root.GetProperty("seq").GetInt64(), session.Number);
        if (Memory.Seq - session.Acknowledged >= AcknowledgeEvery)
        {
            Acknowledge(session);
        }
    }

    private void OnReceipt(JsonElement root)
    {
        var state = root.GetProperty("state").GetString()!;
        if (Memory.OnReceipt(root.GetProperty("seq").GetInt64()))
        {
            foreach (var mid in root.GetProperty("mid").EnumerateArray())
            {
                _journal.OnReceipt(mid.GetString()!, state);
            }
        }
    }

    private void OnAck(FaultSession session, JsonElement root)
    {
        var message = _sent[root.GetProperty("id").GetString()!];
        var duplicate = root.TryGetProperty("dup", out var dup) && dup.GetBoolean();
        message.OnAcknowledged(session.Number, root.GetProperty("mid").GetString()!, duplicate, Stopwatch.GetTimestamp());
        var lane = _lanes[message.Key.To];
        lane.OnAcknowledged(message, isAnswer: session == _current);
        Pump(lane);
    }

    private void OnError(FaultSession session, JsonElement root)
    {
        var code = root.GetProperty("code").GetString();
        if (!root.TryGetProperty("id", out var id) || !_sent.TryGetValue(id.GetString()!, out var message))
        {
            _journal.Violate($"{Device} got {root.GetRawText()}");
        }
        else if (root.GetProperty("temporary").GetBoolean())
        {
            message.OnFailed(session.Number);
            if (session == _current)
            {
                var pause = root.TryGetProperty("retryMs", out var wait) ? wait.GetDouble() : 200;
                _lanes[message.Key.To].OnFailed(TimeSpan.FromMilliseconds(pause));
            }
        }
        else
        {
            message.Refusal = code;
            _journal.Violate($"{message.Key} was refused: {root.GetRawText()}");
            _lanes[message.Key.To].OnRefused(message);
        }
    }

    private void Acknowledge(FaultSession session)
    {
        if (Memory.Seq > session.Acknowledged)
        {
            session.Acknowledged = Memory.Seq;
            session.Socket.Post($$"""{"type":"ack","seq":{{Memory.Seq}}}""");
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
