namespace DistributedSockets.Client;

/// <summary>A message that the system answers for: it was acknowledged.</summary>
public sealed class SentMessage
{
    private readonly TaskCompletionSource<Receipt> _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Receipt> _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal SentMessage(Target target, string id, string mid, long seq, DateTimeOffset at, bool isDuplicate)
    {
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

    /// <summary>Its place in the recipient's inbox, or in the room's log.</summary>
    public long Seq { get; }

    /// <summary>When it was stored, by the store's clock.</summary>
    public DateTimeOffset At { get; }

    /// <summary>It had been stored before, by an attempt whose answer was lost.</summary>
    public bool IsDuplicate { get; }

    /// <summary>
    /// Completes with what became of it: delivered, expired or failed. For rooms, which have no receipts, it never completes.
    /// It waits across reconnects, for as long as the client lives and it is among the last <see cref="ClientOptions.TrackedMessages"/>; then it is cancelled.
    /// </summary>
    public Task<Receipt> Delivered => _delivered.Task;

    /// <summary>Completes when the recipient has read it; as <see cref="Delivered"/>.</summary>
    public Task<Receipt> Read => _read.Task;

    internal void Take(Receipt receipt)
    {
        if (receipt.State == ReceiptState.Read)
        {
            _read.TrySetResult(receipt);
        }
        else
        {
            _delivered.TrySetResult(receipt);
        }
    }

    internal void Forget()
    {
        _delivered.TrySetCanceled();
        _read.TrySetCanceled();
    }
}

/// <summary>How a message is sent.</summary>
public sealed record SendOptions
{
    /// <summary>1 to 64 characters; made up where null. The same id to the same recipient is stored once, within a day at least.</summary>
    public string? Id { get; init; }

    /// <summary>It expires after this time: 1 s to 30 days, which is also the default.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Content type of the body, at most 128 characters.</summary>
    public string? ContentType { get; init; }

    /// <summary>Ask for the message's way: <see cref="DistributedSocketsClient.TraceReceived"/>. Not in rooms.</summary>
    public bool Trace { get; init; }
}
