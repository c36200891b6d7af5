// What comes from a node.
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using DistributedSockets.Client.Connecting;
using DistributedSockets.Client.Receiving;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    private readonly RecentIds _recent = new(1_000);
    private Func<Message, ValueTask>? _handlers;
    private int _isRead;

    /// <summary>Something is missing: told before what lies behind it is received.</summary>
    public event Action<Gap>? GapFound;

    /// <summary>What became of messages; also completes <see cref="SentMessage.Delivered"/> and <see cref="SentMessage.Read"/>.</summary>
    public event Action<Receipt>? ReceiptReceived;

    /// <summary>A message was acknowledged, also one that an earlier run of the program had left in the store.</summary>
    public event Action<SentMessage>? Acknowledged;

    /// <summary>A node has refused a command that nobody waits for, such as a fast message.</summary>
    public event Action<ClientException>? Refused;

    /// <summary>A step of the way of a message that was sent with <see cref="SendOptions.Trace"/>.</summary>
    public event Action<Hop>? TraceReceived;

    /// <summary>
    /// Messages, one at a time and in order: the next one when the handlers of the last one have ended, which acknowledges it. In place of <see cref="ReadMessagesAsync"/>.
    /// </summary>
    public event Func<Message, ValueTask> MessageReceived
    {
        add
        {
            _handlers += value;
            if (Interlocked.CompareExchange(ref _isRead, 1, 0) == 0)
            {
                _ = Task.Run(HandleAllAsync);
            }
        }

        remove => _handlers -= value;
    }

    /// <summary>
    /// The messages, until the client is closed. One is acknowledged when the next one is asked for, or the loop is left. For one reader, in place of <see cref="MessageReceived"/>.
    /// </summary>
    /// <exception cref="ClientException">A node has said that connecting again is useless.</exception>
    public IAsyncEnumerable<Message> ReadMessagesAsync(CancellationToken cancellationToken = default) =>
        _handlers is null ? ReadAllAsync(cancellationToken) : throw new InvalidOperationException("MessageReceived has a handler already: messages go there.");

    private async IAsyncEnumerable<Message> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _messages.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_messages.Reader.TryRead(out var message))
            {
                try
                {
                    yield return message;
                }
                finally
                {
                    if (!_options.ManualAcknowledgement)
                    {
                        message.Acknowledge();
                    }
                }
            }
        }
    }

    private async Task HandleAllAsync()
    {
        try
        {
            await foreach (var message in ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                foreach (var handler in _handlers?.GetInvocationList() ?? [])
                {
                    try
                    {
                        await ((Func<Message, ValueTask>)handler)(message).ConfigureAwait(false);
                    }
                    catch (Exception exception)
                    {
                        _options.Logger.LogHandlerFailed(exception);
                    }
                }
            }
        }
        catch (ClientException)
        {
            // Closed, as StateChanged tells.
        }
    }

    private void BeginInbox(JsonElement welcome)
    {
        var isNew = _places.Inbox.Begin(welcome.Text("epoch") ?? "");
        Save();
        if (isNew || welcome.Text("reason") == "epoch")
        {
            Raise(GapFound, new Gap(null, null, null));
        }

        TellGap(welcome);
    }

    private ValueTask TakeAsync(JsonElement push, Link link, NodeList nodes)
    {
        switch (push.Text("type"))
        {
            case "msg":
                return TakeMessageAsync(MessageKind.New, push);
            case "edit":
                return TakeMessageAsync(MessageKind.Edit, push);
            case "delete":
                return TakeMessageAsync(MessageKind.Delete, push);
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

    private async ValueTask TakeMessageAsync(MessageKind kind, JsonElement push)
    {
        var room = push.Text("room");
        var mid = push.Text("mid") ?? "";
        Place.Entry? entry = null;
        if (push.Number(room is null ? "seq" : "rseq") is { } seq)
        {
            entry = (room is null ? _places.Inbox : _places.Room(room)).TryTake(seq, mid);
            if (entry is null)
            {
                return;
            }
        }

        if (!_recent.TryAdd(mid))
        {
            entry?.Finish();
            return;
        }

        try
        {
            await _messages.Writer.WriteAsync(new Message(kind, push, entry)).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The client is closed: it was not acknowledged, and comes again to the device's next connection.
        }
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
            _places.Room(entry.Target.Name).Reach(seq);
        }

        var sent = new SentMessage(entry.Target, id, push.Text("mid") ?? "", seq, push.Time("ts"), push.Flag("dup"));
        _deliveries.Add(sent);
        entry.Complete(sent);
        Raise(Acknowledged, sent);
    }

    private void TakeReceipt(JsonElement push)
    {
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
                _outbox.Refuse(id, TimeSpan.FromMilliseconds(push.Number("retryMs") ?? 1_000));
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

    private void TellGap(JsonElement push)
    {
        if (push.TryGetProperty("gap", out var gap) && gap.ValueKind == JsonValueKind.Object)
        {
            Raise(GapFound, new Gap(gap.Text("room"), gap.Number("from"), gap.Number("to")));
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
