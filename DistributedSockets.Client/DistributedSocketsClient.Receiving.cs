// Messages that come, by an enumeration or by an event.
using System.Runtime.CompilerServices;
using System.Text.Json;
using DistributedSockets.Client.Receiving;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    private const int NobodyReads = 0;
    private const int EnumerationReads = 1;
    private const int HandlersRead = 2;

    /// <summary>How long what comes waits for room. Longer, and who waits for an answer before taking the next message would never get it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private Func<Message, ValueTask>? _handlers;

    /// <summary>The application had no room for a message of this connection: it takes none of those behind it either, which come in order over the next one.</summary>
    private volatile bool _isBehind;
    private int _reader = NobodyReads;

    /// <summary>Something is missing, and nobody can send it any more: told before what lies behind it is received.</summary>
    /// <example><code>client.GapFound += gap => Console.WriteLine($"messages are missing in {gap.Room ?? "the inbox"}");</code></example>
    public event Action<Gap>? GapFound;

    /// <summary>
    /// Messages, one at a time and in order: the next one when the handlers of the last one have ended, which acknowledges it, also where one has failed (it is logged).
    /// In place of <see cref="ReadMessagesAsync"/>. The handlers run beside the connection and may take their time: meanwhile
    /// up to <see cref="ClientOptions.InboxCapacity"/> messages are read ahead.
    /// </summary>
    /// <exception cref="InvalidOperationException">An enumeration of <see cref="ReadMessagesAsync"/> is under way.</exception>
    /// <example><code>
    /// client.MessageReceived += async message => await Console.Out.WriteLineAsync($"{message.From}: {message.Body}");
    /// </code></example>
    public event Func<Message, ValueTask> MessageReceived
    {
        add
        {
            var before = Interlocked.CompareExchange(ref _reader, HandlersRead, NobodyReads);
            if (before == EnumerationReads)
            {
                throw new InvalidOperationException("Messages are being read by ReadMessagesAsync; they cannot go to a handler too.");
            }

            lock (_gate)
            {
                _handlers += value;
            }

            if (before == NobodyReads)
            {
                _ = Task.Run(HandleAllAsync);
            }
        }

        remove
        {
            lock (_gate)
            {
                _handlers -= value;
            }
        }
    }

    /// <summary>
    /// The messages, in order, until the client is closed. One is acknowledged when the next one is asked for, or the loop is left, by whatever way.
    /// For one loop at a time, in place of <see cref="MessageReceived"/>; a later loop goes on where the last one ended.
    /// </summary>
    /// <param name="cancellationToken">Ends the loop; the client stays connected.</param>
    /// <exception cref="ClientException">A node has said that connecting again is useless.</exception>
    /// <exception cref="InvalidOperationException">Somebody reads already.</exception>
    /// <example><code>
    /// await foreach (var message in client.ReadMessagesAsync())
    /// {
    ///     Console.WriteLine($"{message.From}: {message.Body}");
    /// }
    /// </code></example>
    public async IAsyncEnumerable<Message> ReadMessagesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var before = Interlocked.CompareExchange(ref _reader, EnumerationReads, NobodyReads);
        if (before != NobodyReads)
        {
            throw new InvalidOperationException(before == HandlersRead ? "MessageReceived has a handler already: messages go there." : "Messages are being read already.");
        }

        try
        {
            await foreach (var message in ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return message;
            }
        }
        finally
        {
            Volatile.Write(ref _reader, NobodyReads);
        }
    }

    private async IAsyncEnumerable<Message> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _messages.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_messages.Reader.TryRead(out var message))
            {
                CatchUp();
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
                    await HandleAsync((Func<Message, ValueTask>)handler, message).ConfigureAwait(false);
                }
            }
        }
        catch (ClientException)
        {
            // Closed, as StateChanged tells.
        }
    }

    private async ValueTask HandleAsync(Func<Message, ValueTask> handler, Message message)
    {
        try
        {
            await handler(message).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _options.Logger.LogHandlerFailed(exception);
        }
    }

    private void BeginInbox(JsonElement welcome)
    {
        var isNew = _places.Inbox.Begin(welcome.Text("epoch") ?? "");
        Save();
        if (isNew || welcome.Text("reason") == "epoch")
        {
            Tell(new Gap(null, null, null));
        }

        TellGap(welcome);
    }

    /// <summary>Waits for room first: what was taken must get to the application, also if the connection ends meanwhile.</summary>
    private async ValueTask TakeMessageAsync(MessageKind kind, JsonElement push, CancellationToken cut)
    {
        if (_isBehind || !await HasRoomAsync(cut).ConfigureAwait(false))
        {
            return;
        }

        var room = push.Text("room");
        var place = room is null ? _places.Inbox : _places.Room(room);
        var mid = push.Text("mid") ?? "";
        Place.Entry? entry = null;
        if (push.Number(room is null ? "seq" : "rseq") is { } seq && (entry = place.TryTake(seq, mid)) is null)
        {
            return;
        }

        if (place.TrySee(mid))
        {
            _messages.Writer.TryWrite(new Message(kind, push, entry));
        }
        else
        {
            entry?.Finish();
        }
    }

    private async ValueTask<bool> HasRoomAsync(CancellationToken cut)
    {
        var waiting = _messages.Writer.WaitToWriteAsync(cut);
        if (waiting.IsCompletedSuccessfully)
        {
            return waiting.Result;
        }

        try
        {
            return await waiting.AsTask().WaitAsync(Patience, Time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _options.Logger.LogBehind(_options.InboxCapacity);
            _isBehind = true;
            CatchUp();
            return false;
        }
    }

    /// <summary>When everything that had room was taken, what had none is asked for, over another connection.</summary>
    private void CatchUp()
    {
        if (_isBehind && _messages.Reader.Count == 0)
        {
            Volatile.Read(ref _link)?.Leave(null, CloseInfo.CaughtUp);
        }
    }

    /// <summary>What the application has not got is not acknowledged, and comes again to the device's next connection: here it would come too late.</summary>
    private void EndMessages(ClientException? reason)
    {
        _messages.Writer.TryComplete(reason);
        while (_messages.Reader.TryRead(out _))
        {
            // Dropped.
        }
    }

    private void TellGap(JsonElement push)
    {
        if (push.Field("gap", JsonValueKind.Object) is { } gap)
        {
            Tell(new Gap(gap.Text("room"), gap.Number("from"), gap.Number("to")));
        }
    }

    private void Tell(Gap gap)
    {
        _options.Logger.LogGap(gap);
        Raise(GapFound, gap);
    }
}
