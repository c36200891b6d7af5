// What comes from a node, by its type; and what it says about messages that were sent.
using System.Text.Json;
using DistributedSockets.Client.Connecting;
using DistributedSockets.Client.Receiving;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    /// <summary>What became of messages; also completes <see cref="SentMessage.Delivered"/> and <see cref="SentMessage.Read"/>.</summary>
    /// <example><code>client.ReceiptReceived += receipt => Console.WriteLine($"{receipt.State}: {string.Join(' ', receipt.Mids)}");</code></example>
    public event Action<Receipt>? ReceiptReceived;

    /// <summary>A message was acknowledged, also one that an earlier run of the program had left in the store.</summary>
    /// <example><code>client.Acknowledged += sent => Console.WriteLine($"{sent.Id} is {sent.Mid}");</code></example>
    public event Action<SentMessage>? Acknowledged;

    /// <summary>A node has refused a command that nobody waits for, such as a fast message.</summary>
    /// <example><code>client.Refused += error => Console.WriteLine($"{error.Code}: {error.Message}");</code></example>
    public event Action<ClientException>? Refused;

    /// <summary>A step of the way of a message that was sent with <see cref="SendOptions.Trace"/>.</summary>
    /// <example><code>client.TraceReceived += hop => Console.WriteLine($"{hop.Node} {hop.Step} after {hop.Took.TotalMicroseconds} µs");</code></example>
    public event Action<Hop>? TraceReceived;

    private ValueTask TakeAsync(JsonElement push, Link link, NodeList nodes, CancellationToken cut)
    {
        switch (push.Text("type"))
        {
            case "msg":
                return TakeMessageAsync(MessageKind.New, push, cut);
            case "edit":
                return TakeMessageAsync(MessageKind.Edit, push, cut);
            case "delete":
                return TakeMessageAsync(MessageKind.Delete, push, cut);
            case "ack":
                TakeAcknowledgement(push);
                break;
            case "receipt":
                TakeReceipt(push);
                break;
            case "error":
                TakeError(push);
                break;
            case "joined":
                TakeJoined(push);
                break;
            case "left":
                TakeLeft(push);
                break;
            case "presence":
                TakePresence(push);
                break;
            case "typing":
                Raise(TypingChanged, new Typing(push.Text("from") ?? "", push.Text("room"), push.Flag("on")));
                break;
            case "read":
                Raise(RoomRead, new RoomRead(push.Text("room") ?? "", push.Number("upto") ?? 0));
                break;
            case "trace":
                TakeTrace(push);
                break;
            case "drain":
                nodes.Name(push.Text("url"));
                link.Leave(null, new CloseInfo(4200, "the node is going away"));
                break;
            default:
                Answer(push);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private void TakeAcknowledgement(JsonElement push)
    {
        if (push.Text("id") is not { } id || _outbox.Remove(id) is not { } entry)
        {
            return;
        }

        var seq = push.Number("seq") ?? push.Number("rseq") ?? 0;
        if (entry.Target.IsRoom)
        {
            _places.Reach(entry.Target.Name, seq);
        }

        var mid = push.Text("mid") ?? "";
        var sent = new SentMessage(entry.Target, id, mid, seq, push.Time("ts"), push.Flag("dup"), _deliveries.Add(entry.Target, mid, seq));
        entry.Complete(sent);
        Raise(Acknowledged, sent);
    }

    private void TakeReceipt(JsonElement push)
    {
        if (_isBehind)
        {
            // It comes again, behind the messages before it; but who waits for it must not wait for those.
            if (Receipt.TryParse(push) is { } early)
            {
                _deliveries.Take(early);
            }

            return;
        }

        Place.Entry? entry = null;
        if (push.Number("seq") is { } seq && (entry = _places.Inbox.TryTake(seq, push.Text("id") ?? "")) is null)
        {
            return;
        }

        if (Receipt.TryParse(push) is { } receipt)
        {
            _deliveries.Take(receipt);
            Raise(ReceiptReceived, receipt);
        }

        entry?.Finish();
    }

    private void TakeError(JsonElement push)
    {
        var error = ClientException.From(push);
        if (push.Text("id") is not { } id)
        {
            _options.Logger.LogRefused(error.Code, error.Message);
            Raise(Refused, error);
        }
        else if (!_requests.TryRefuse(id, push))
        {
            if (push.Flag("temporary"))
            {
                _outbox.Refuse(id, push.Retry());
            }
            else
            {
                _outbox.Remove(id)?.Fail(error);
            }
        }
    }

    private void TakeTrace(JsonElement push)
    {
        foreach (var hop in push.Items("hops"))
        {
            Raise(TraceReceived, new Hop(
                push.Text("mid") ?? "", hop.Time("at"), hop.Text("node") ?? "", hop.Text("step") ?? "", TimeSpan.FromMicroseconds(hop.Number("us") ?? 0)));
        }
    }

    private bool Answer(JsonElement push) => push.Text("id") is { } id && _requests.TryAnswer(id, push);

    private void Raise<T>(Action<T>? handlers, T told)
    {
        foreach (var handler in handlers?.GetInvocationList() ?? [])
        {
            try
            {
                ((Action<T>)handler)(told);
            }
            catch (Exception exception)
            {
                _options.Logger.LogHandlerFailed(exception);
            }
        }
    }
}
