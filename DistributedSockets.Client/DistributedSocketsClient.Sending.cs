// What goes to a node.
using System.Text.Json;
using DistributedSockets.Client.Sending;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    private long _frameBytes = 65_536;

    /// <summary>Sends a message. Completes when the system answers for it; until then it is sent again over reconnects, and stored once.</summary>
    /// <param name="target">A user, or a room.</param>
    /// <param name="body">What it says.</param>
    /// <param name="options">How it is sent.</param>
    /// <param name="cancellationToken">Nobody wants it sent any more; what is on its way already may arrive.</param>
    /// <exception cref="ClientException">It was refused for good, it is too large, there is no room for it, or the client is closed.</exception>
    /// <example><code>var sent = await client.SendAsync("bob", "hi");</code></example>
    public ValueTask<SentMessage> SendAsync(Target target, Body body, SendOptions? options = null, CancellationToken cancellationToken = default)
    {
        var id = options?.Id ?? NewId();
        return DeliverAsync(target, id, FrameWriter.Write("msg", writer =>
        {
            writer.WriteTarget(target);
            writer.WriteString("id", id);
            WriteOptions(writer, options);
            writer.WriteBody(body);
        }), cancellationToken);
    }

    /// <summary>Sends a message in the fast class: at most once, not stored for who is connected, and nobody is told what became of it.</summary>
    /// <exception cref="ClientException">There is no connection now, or it is too large.</exception>
    /// <example><code>client.SendFast("bob", "hi");</code></example>
    public void SendFast(Target target, Body body)
    {
        var frame = FrameWriter.Write("msg", writer =>
        {
            writer.WriteTarget(target);
            writer.WriteBody(body);
        });
        CheckSize(frame);
        if (!TryTell(frame))
        {
            throw new ClientException(ClientException.NotConnected, "There is no connection now, or too much waits for it; a fast message does not wait.");
        }
    }

    /// <summary>Changes a message that one has sent to a user or a room. Completes as sending does.</summary>
    /// <param name="target">Who it was sent to.</param>
    /// <param name="mid">Its id in the system.</param>
    /// <param name="body">What it says from now on.</param>
    /// <param name="options">Of these the id and the content type count.</param>
    /// <param name="cancellationToken">As for sending.</param>
    /// <exception cref="ClientException">As for sending; also <c>no_such_message</c>, and <c>forbidden</c> for somebody else's.</exception>
    public ValueTask<SentMessage> EditAsync(Target target, string mid, Body body, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        ChangeAsync("edit", target, mid, body, options, cancellationToken);

    /// <summary>Takes back a message that one has sent. Completes as sending does.</summary>
    public ValueTask<SentMessage> DeleteAsync(Target target, string mid, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        ChangeAsync("delete", target, mid, null, options, cancellationToken);

    /// <summary>Tells that one types, or has stopped. Off by itself after some seconds; nothing happens without a connection.</summary>
    public void SetTyping(Target target, bool isOn) => _ = TryTell(FrameWriter.Write("typing", writer =>
    {
        writer.WriteTarget(target);
        writer.WriteBoolean("on", isOn);
    }));

    /// <summary>Tells that one has read everything up to this message. Nothing happens without a connection; say it again after the next message.</summary>
    public void MarkRead(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Seq is { } seq && (message.Room is not null || message.IsOfThisInbox(out seq)))
        {
            _ = TryTell(FrameWriter.Write("read", writer =>
            {
                writer.WriteString(message.Room is null ? "from" : "room", message.Room ?? message.From);
                writer.WriteNumber("upto", seq);
            }));
        }
    }

    private ValueTask<SentMessage> ChangeAsync(string type, Target target, string mid, Body? body, SendOptions? options, CancellationToken cancellationToken)
    {
        var id = options?.Id ?? NewId();
        return DeliverAsync(target, id, FrameWriter.Write(type, writer =>
        {
            writer.WriteTarget(target);
            writer.WriteString("mid", mid);
            writer.WriteString("id", id);
            writer.WriteIfAny("ct", options?.ContentType);
            if (body is { } changed)
            {
                writer.WriteBody(changed);
            }
        }), cancellationToken);
    }

    private async ValueTask<SentMessage> DeliverAsync(Target target, string id, byte[] frame, CancellationToken cancellationToken)
    {
        CheckSize(frame);
        using var activity = ClientTelemetry.Source.StartActivity("send", System.Diagnostics.ActivityKind.Producer);
        activity?.SetTag("messaging.message.id", id);
        var entry = new OutboxEntry(target, id, frame);
        await RestoreAsync().ConfigureAwait(false);
        await _outbox.AddAsync(entry, cancellationToken).ConfigureAwait(false);
        await using var giveUp = cancellationToken.Register(() => _outbox.Remove(id)?.Cancel(cancellationToken)).ConfigureAwait(false);
        return await entry.Answer.ConfigureAwait(false);
    }

    private bool TryTell(byte[] command)
    {
        if (Volatile.Read(ref _link) is not { } link || !_commands.TryAdd(command))
        {
            return false;
        }

        link.Wake();
        return true;
    }

    private void CheckSize(byte[] frame)
    {
        if (frame.Length > _frameBytes)
        {
            throw new ClientException(ClientException.TooLarge, $"The message has {frame.Length} bytes with its frame; a node takes {_frameBytes}.", "Limits:FrameBytes");
        }
    }

    private static void WriteOptions(Utf8JsonWriter writer, SendOptions? options)
    {
        if (options is null)
        {
            return;
        }

        writer.WriteIfAny("ttl", options.TimeToLive is { } time ? (long)time.TotalSeconds : null);
        writer.WriteIfAny("ct", options.ContentType);
        if (options.Trace)
        {
            writer.WriteBoolean("trace", true);
        }
    }

    private static string NewId() => Guid.CreateVersion7().ToString("N");
}
