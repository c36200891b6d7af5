using System.Text.Json;
using DistributedSockets.Client.Receiving;

namespace DistributedSockets.Client;

/// <summary>What a <see cref="Message"/> says.</summary>
public enum MessageKind
{
    /// <summary>Something new.</summary>
    New,

    /// <summary>The message <see cref="Message.Of"/> says <see cref="Message.Body"/> now.</summary>
    Edit,

    /// <summary>The message <see cref="Message.Of"/> was taken back.</summary>
    Delete,
}

/// <summary>What has come from a user, once and in order. Stored ones have a place and want to be acknowledged.</summary>
/// <example><code>
/// await foreach (var message in client.ReadMessagesAsync())
/// {
///     Console.WriteLine(message.Kind == MessageKind.New ? $"{message.From}: {message.Body}" : $"{message.Of} was changed");
/// }
/// </code></example>
public sealed class Message
{
    private readonly Place.Entry? _entry;

    internal Message(MessageKind kind, JsonElement push, Place.Entry? entry)
    {
        _entry = entry;
        Kind = kind;
        From = push.Text("from") ?? "";
        To = push.Text("to");
        Room = push.Text("room");
        Body = push.Value("body");
        Mid = push.Text("mid") ?? "";
        Of = push.Text("of");
        Id = push.Text("id");
        ContentType = push.Text("ct");
        Seq = push.Number("seq") ?? push.Number("rseq");
        At = push.Time("ts");
        IsRedelivered = push.Flag("redelivered");
    }

    /// <summary>A new message, an edit or a deletion.</summary>
    public MessageKind Kind { get; }

    /// <summary>Who has sent it; oneself, where another device of one's own has.</summary>
    public string From { get; }

    /// <summary>The user it was sent to: oneself, or the peer of a copy of what another device of one's own has sent. Null for a room's.</summary>
    public string? To { get; }

    /// <summary>The room it was sent to; null for a direct one.</summary>
    public string? Room { get; }

    /// <summary>Any JSON value; undefined for a deletion.</summary>
    public JsonElement Body { get; }

    /// <summary>Its id in the system.</summary>
    public string Mid { get; }

    /// <summary>The <see cref="Mid"/> of the message that is edited or deleted.</summary>
    public string? Of { get; }

    /// <summary>The sender's id of it; null for a fast one.</summary>
    public string? Id { get; }

    /// <summary>Content type of the body, where the sender gave one.</summary>
    public string? ContentType { get; }

    /// <summary>Its place in the inbox, or in the room's log; null for what was not stored.</summary>
    public long? Seq { get; }

    /// <summary>When it was stored, or sent if it was not.</summary>
    public DateTimeOffset At { get; }

    /// <summary>It may have been sent to this device before, on an earlier connection; never twice by this client.</summary>
    public bool IsRedelivered { get; }

    /// <summary>
    /// The application is done with it: the device's place moves on as soon as everything before it is done too, and the sender gets the receipt.
    /// Needed with <see cref="ClientOptions.ManualAcknowledgement"/> only. May be called from any thread, in any order, and again; never fails.
    /// What is not acknowledged when the client ends comes to the next client of the same device.
    /// </summary>
    /// <example><code>
    /// await foreach (var message in client.ReadMessagesAsync())
    /// {
    ///     await File.AppendAllTextAsync("inbox.txt", $"{message.Body}\n");
    ///     message.Acknowledge();
    /// }
    /// </code></example>
    public void Acknowledge() => _entry?.Finish();

    /// <summary>Whether its <see cref="Seq"/> counts in the present life of the inbox, or of the room's log.</summary>
    internal bool IsCurrent => _entry is { IsCurrent: true };
}
