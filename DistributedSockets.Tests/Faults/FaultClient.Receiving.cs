// One device of one user: what it makes of what it is told.
using System.Diagnostics;
using System.Text.Json;

namespace DistributedSockets.Tests.Faults;

internal sealed partial class FaultClient
{
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
                case "msg" when session == _current && root.TryGetProperty("room", out _):
                    OnRoomMessage(session, root);
                    break;
                case "msg" when session == _current:
                    OnMessage(session, root);
                    break;
                case "receipt" when session == _current:
                    OnReceipt(session, root);
                    break;
                case "joined" when session == _current:
                    OnJoined(session, root);
                    break;
                case "presence" when session == _current:
                    OnPresence(root);
                    break;
                case "drain":
                    session.Draining.TrySetResult(root.TryGetProperty("url", out var url) ? new Uri(url.GetString()!) : null);
                    break;
                case "msg" or "receipt" or "pong" or "joined" or "presence":
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
        session.Received = session.Acknowledged = session.Claimed.Epoch == welcome.Epoch ? session.Claimed.Seq : 0;
        session.Welcomed.TrySetResult();
        foreach (var lane in _lanes.Values)
        {
            lane.Restart();
            Pump(lane);
        }

        AskToWatch();
        Repeat();
    }

    private void OnMessage(FaultSession session, JsonElement root)
    {
        var body = root.GetProperty("body");
        var key = new MessageKey(body.GetProperty("device").GetString()!, root.GetProperty("to").GetString()!, body.GetProperty("number").GetInt32());
        var seq = root.GetProperty("seq").GetInt64();
        if (key.To != User)
        {
            // Another device of the user has sent it.
            if (key.Device == Device || !Memory.TryTakeCopy(root.GetProperty("mid").GetString()!, seq))
            {
                _journal.Violate($"{Device} got a copy of {key} that it should not have got (again)");
            }

            OnReceived(session, seq);
            return;
        }

        Memory.OnMessage(key, root.GetProperty("mid").GetString()!, seq, session.Number);
        OnReceived(session, seq);
    }

    private static void OnReceived(FaultSession session, long seq)
    {
        session.Received = Math.Max(session.Received, seq);
        if (session.Received - session.Acknowledged >= AcknowledgeEvery)
        {
            Acknowledge(session);
        }
    }

    private void OnReceipt(FaultSession session, JsonElement root)
    {
        var state = root.GetProperty("state").GetString()!;
        var seq = root.GetProperty("seq").GetInt64();
        OnReceived(session, seq);
        if (Memory.OnReceipt(seq, root.GetProperty("id").GetString()!))
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
        message.Rseq = root.TryGetProperty("rseq", out var rseq) ? rseq.GetInt64() : null;
        var lane = _lanes[message.Key.To];
        lane.OnAcknowledged(message, isAnswer: session == _current);
        Pump(lane);
    }

    private void OnError(FaultSession session, JsonElement root)
    {
        var code = root.GetProperty("code").GetString();
        if (root.TryGetProperty("id", out var asked) && _wishes.ContainsKey(asked.GetString()!) && root.GetProperty("temporary").GetBoolean())
        {
            // It is asked again in a while.
            return;
        }

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
}
