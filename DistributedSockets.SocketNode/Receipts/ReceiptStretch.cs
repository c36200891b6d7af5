// Outcomes that make up one receipt.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Receipts;

/// <summary>Outcomes that make up one receipt: of one state and device, with nothing else in between.</summary>
/// <param name="First">The number of the first.</param>
/// <param name="Last">The number of the last.</param>
/// <param name="Id">The receipt's own.</param>
internal sealed record ReceiptStretch(long First, long Last, MessageId Id, ReadOnlyMemory<byte> Body)
{
    /// <summary>Splits what is owed to one sender beyond a number.</summary>
    public static IReadOnlyList<ReceiptStretch> Split(UserId peer, IReadOnlyList<OwedReceipt> owed, long beyond, TimeProvider time)
    {
        var stretches = new List<ReceiptStretch>();
        var (stretch, messages) = (new List<OwedReceipt>(), 0);
        foreach (var receipt in owed.Where(receipt => receipt.Number > beyond))
        {
            if (stretch.Count > 0
                && (messages + receipt.Messages.Count > InboxLimits.MessagesPerReceipt || (stretch[^1].State, stretch[^1].Device) != (receipt.State, receipt.Device)))
            {
                stretches.Add(Of(peer, stretch, time));
                (stretch, messages) = ([], 0);
            }

            stretch.Add(receipt);
            messages += receipt.Messages.Count;
        }

        if (stretch.Count > 0)
        {
            stretches.Add(Of(peer, stretch, time));
        }

        return stretches;
    }

    public Envelope ToEnvelope(UserId sender, UserId peer, long seq, long storedAt, string? epoch) =>
        new(Id, peer, sender, Body, storedAt) { Kind = EnvelopeKind.Receipt, Seq = seq, Epoch = epoch };

    private static ReceiptStretch Of(UserId peer, List<OwedReceipt> owed, TimeProvider time) =>
        new(owed[0].Number, owed[^1].Number, MessageId.New(time), ReceiptBody.Write(peer, owed));
}
