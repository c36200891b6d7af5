// What goes to a node.
using System.Diagnostics;
using System.Text.Json;
using DistributedSockets.Client.Sending;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    /// <summary>Sends a message. Completes when the system answers for it; until then it is sent again over reconnects, and stored once.</summary>
    /// <remarks>What one client sends to one target arrives in the order of the calls. While the outbox is full it waits, or fails, as <see cref="ClientOptions.WhenOutboxFull"/> says.</remarks>
    /// <param name="target">A user, or a room.</param>
    /// <param name="body">What it says.</param>
    /// <param name="options">How it is sent.</param>
    /// <param name="cancellationToken">Nobody wants it sent any more; what is on its way already may arrive.</param>
    /// <returns>What the system says of it; its receipts can be awaited.</returns>
    /// <exception cref="ClientException">It was refused for good (<see cref="ClientException.Code"/> has the protocol's code), it is too large, there is no room for it, or the client is closed.</exception>
    /// <exception cref="ArgumentException">A message with this id is being sent already.</exception>
    /// <example><code>
    /// var sent = await client.SendAsync("bob", "hi");
    /// var receipt = await sent.Delivered;
    /// </code></example>
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

    /// <summary>Sends a message in the fast class: at most once, not stored for who is connected, and nobody is told what became of it. Returns at once.</summary>
    /// <param name="target">A user, or a room.</param>
    /// <param name="body">What it says.</param>
    /// <exception cref="ClientException"><see cref="ClientException.NotConnected"/>: there is no connection now, or too much waits for it; or it is too large.</exception>
    /// <example><code>client.SendFast("bob", "hi");</code></example>
    public void SendFast(Target target, Body body)
    {
        var frame = FrameWriter.Write("msg", writer =>
        {
            writer.WriteTarget(target);
            writer.WriteBody(body);
        });
        _limit.Check(frame);
        if (!TryTell(frame))
        {
            throw new ClientException(ClientException.NotConnected, "There is no connection now, or too much waits for it; a fast message does not wait.");
        }
    }

    /// <summary>Changes a message that one has sent to a user or a room. Completes as sending does.</summary>
    /// <param name="target">Who it was sent to.</param>
    /// <param name="mid">Its id in the system: <see cref="SentMessage.Mid"/>.</param>
    /// <param name="body">What it says from now on.</param>
    /// <param name="options">Of these the id and the content type count.</param>
    /// <param name="cancellationToken">As for sending.</param>
    /// <exception cref="ClientException">As for sending; also <c>no_such_message</c>, and <c>forbidden</c> for somebody else's.</exception>
    /// <example><code>
    /// var sent = await client.SendAsync("bob", "hi");
    /// await client.EditAsync("bob", sent.Mid, "hello");
    /// </code></example>
    public ValueTask<SentMessage> EditAsync(Target target, string mid, Body body, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        ChangeAsync("edit", target, mid, body, options, cancellationToken);

    /// <summary>Takes back a message that one has sent. Completes as sending does.</summary>
    /// <param name="target">Who it was sent to.</param>
    /// <param name="mid">Its id in the system: <see cref="SentMessage.Mid"/>.</param>
    /// <param name="options">Of these the id counts.</param>
    /// <param name="cancellationToken">As for sending.</param>
    /// <exception cref="ClientException">As for <see cref="EditAsync"/>.</exception>
    /// <example><code>
    /// var sent = await client.SendAsync("bob", "hi");
    /// await client.DeleteAsync("bob", sent.Mid);
    /// </code></example>
    public ValueTask<SentMessage> DeleteAsync(Target target, string mid, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        ChangeAsync("delete", target, mid, null, options, cancellationToken);

    /// <summary>Tells that one types, or has stopped. Off by itself after 12 s; nothing happens without a connection.</summary>
    /// <param name="target">Who is shown it: a user, or the members of a room.</param>
    /// <param name="isOn">Whether one types. May be said with each key: a node passes on one a second, and always the last one.</param>
    /// <example><code>client.SetTyping("bob", isOn: true);</code></example>
    public void SetTyping(Target target, bool isOn) => _ = TryTell(FrameWriter.Write("typing", writer =>
    {
        writer.WriteTarget(target);
        writer.WriteBoolean("on", isOn);
    }));

    /// <summary>
    /// Tells that one has read everything up to this message: the sender gets a receipt, in a room one's own other devices are told. Nothing happens for a message that was
    /// not stored, and without a connection: say it again after the next message.
    /// </summary>
    /// <param name="message">A message that has come.</param>
    /// <example><code>client.MessageReceived += message => { client.MarkRead(message); return ValueTask.CompletedTask; };</code></example>
    public void MarkRead(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message is { IsCurrent: true, Seq: { } seq })
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
            if (body is { } changed)
            {
                writer.WriteIfAny("ct", options?.ContentType);
                writer.WriteBody(changed);
            }
        }), cancellationToken);
    }

    private async ValueTask<SentMessage> DeliverAsync(Target target, string id, byte[] frame, CancellationToken cancellationToken)
    {
        using var activity = ClientTelemetry.Source.StartActivity("send", ActivityKind.Producer);
        activity?.SetTag("messaging.message.id", id);
        try
        {
            _limit.Check(frame);
            var entry = new OutboxEntry(target, id, frame);
            await _outbox.AddAsync(entry, RestoreAsync, cancellationToken).ConfigureAwait(false);
            await using var giveUp = cancellationToken.Register(() => _outbox.Remove(id)?.Cancel(cancellationToken)).ConfigureAwait(false);
            return await entry.Answer.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            throw;
        }
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

    private static void WriteOptions(Utf8JsonWriter writer, SendOptions? options)
    {
        if (options is null)
        {
            return;
        }

        writer.WriteIfAny("ttl", options.TimeToLive is { } time ? (long)Math.Ceiling(time.TotalSeconds) : null);
        writer.WriteIfAny("ct", options.ContentType);
        if (options.Trace)
        {
            writer.WriteBoolean("trace", true);
        }
    }

    private static string NewId() => Guid.CreateVersion7().ToString("N");
}
