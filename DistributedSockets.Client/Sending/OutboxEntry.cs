// A command that is sent until it is acknowledged.
namespace DistributedSockets.Client.Sending;

internal enum OutboxState
{
    /// <summary>To be written on this connection, or again.</summary>
    Waiting,

    /// <summary>Written on this connection; no answer yet.</summary>
    Sent,

    /// <summary>The node has refused it for now.</summary>
    Refused,
}

/// <summary>A command that is sent until it is acknowledged.</summary>
internal sealed class OutboxEntry(Target target, string id, byte[] frame)
{
    private readonly TaskCompletionSource<SentMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Target Target => target;

    public string Id => id;

    public byte[] Frame => frame;

    public OutboxState State { get; set; }

    /// <summary>Whether it takes a place of the outbox. What the store had may be more than there are.</summary>
    public bool HasRoom { get; set; }

    public Task<SentMessage> Answer => _answer.Task;

    public void Complete(SentMessage sent) => _answer.TrySetResult(sent);

    public void Fail(Exception exception) => _answer.TrySetException(exception);

    public void Cancel(CancellationToken cancellationToken) => _answer.TrySetCanceled(cancellationToken);
}
