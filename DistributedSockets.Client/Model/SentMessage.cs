using DistributedSockets.Client.Sending;

namespace DistributedSockets.Client;

/// <summary>A message that the system answers for: it was acknowledged.</summary>
/// <example><code>
/// var sent = await client.SendAsync("bob", "hi");
/// var receipt = await sent.Delivered;
/// Console.WriteLine($"{receipt.Peer} has {sent.Mid} on {receipt.Device}");
/// </code></example>
public sealed class SentMessage
{
    private readonly Outcome _outcome;

    internal SentMessage(Target target, string id, string mid, long seq, DateTimeOffset at, bool isDuplicate, Outcome outcome)
    {
        _outcome = outcome;
        Target = target;
        Id = id;
        Mid = mid;
        Seq = seq;
        At = at;
        IsDuplicate = isDuplicate;
    }

    /// <summary>Who it is for.</summary>
    public Target Target { get; }

    /// <summary>The id by which it is sent once, however often it was tried.</summary>
    public string Id { get; }

    /// <summary>Its id in the system.</summary>
    public string Mid { get; }

    /// <summary>Its place in the recipient's inbox, or in the room's log; 0 for a change that was superseded meanwhile.</summary>
    public long Seq { get; }

    /// <summary>When it was stored, by the store's clock.</summary>
    public DateTimeOffset At { get; }

    /// <summary>It had been stored before, by an attempt whose answer was lost, or under the same <see cref="SendOptions.Id"/>.</summary>
    public bool IsDuplicate { get; }

    /// <summary>
    /// Completes with what became of it: delivered, expired or failed. It waits across reconnects, for as long as the client lives and the message is among the last
    /// <see cref="ClientOptions.TrackedMessages"/>; then it is cancelled. Cancelled at once for messages to rooms, which have no receipts.
    /// </summary>
    public Task<Receipt> Delivered => _outcome.Delivered;

    /// <summary>Completes when the recipient has read it; cancelled as <see cref="Delivered"/>, and when the message has expired or failed.</summary>
    public Task<Receipt> Read => _outcome.Read;
}

/// <summary>How a message is sent.</summary>
/// <example><code>await client.SendAsync("bob", "lunch?", new SendOptions { TimeToLive = TimeSpan.FromHours(1), ContentType = "text/plain" });</code></example>
public sealed record SendOptions
{
    /// <summary>1 to 64 characters; made up where null. The same id to the same recipient is stored once, within a day at least.</summary>
    public string? Id { get; init; }

    /// <summary>It expires after this time, rounded up to seconds: 1 s to 30 days, which is also the default.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Content type of the body, at most 128 characters.</summary>
    public string? ContentType { get; init; }

    /// <summary>Ask for the message's way: <see cref="DistributedSocketsClient.TraceReceived"/>. Not in rooms.</summary>
    public bool Trace { get; init; }
}
