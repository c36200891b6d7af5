// What becomes of an acknowledged message.
namespace DistributedSockets.Client.Sending;

/// <param name="peer">Who is the recipient.</param>
/// <param name="seq">Its place in the recipient's inbox.</param>
internal sealed class Outcome(string peer, long seq)
{
    private readonly TaskCompletionSource<Receipt> _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Receipt> _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Of messages to rooms, which have no receipts.</summary>
    public static Outcome None { get; } = Forgotten();

    public string Peer => peer;

    public long Seq => seq;

    public Task<Receipt> Delivered => _delivered.Task;

    public Task<Receipt> Read => _read.Task;

    /// <returns>Whether nothing more comes: it was read, or never will be.</returns>
    public bool Take(Receipt receipt)
    {
        (receipt.State == ReceiptState.Read ? _read : _delivered).TrySetResult(receipt);
        if (receipt.State is ReceiptState.Expired or ReceiptState.Failed)
        {
            _read.TrySetCanceled();
        }

        return _delivered.Task.IsCompleted && _read.Task.IsCompleted;
    }

    public void Forget()
    {
        _delivered.TrySetCanceled();
        _read.TrySetCanceled();
    }

    private static Outcome Forgotten()
    {
        var outcome = new Outcome("", 0);
        outcome.Forget();
        return outcome;
    }
}
