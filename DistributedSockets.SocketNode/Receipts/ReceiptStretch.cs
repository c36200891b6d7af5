// Outcomes that go into the sender's inbox together.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Receipts;

/// <summary>Outcomes that go into the sender's inbox together: those of one state and device, with nothing else in between, make up one receipt; copies go one outcome at a time.</summary>
/// <param name="First">The number of the first.</param>
/// <param name="Last">The number of the last.</param>
/// <param name="Entries">What the sender's inbox gets.</param>
internal sealed record ReceiptStretch(long First, long Last, IReadOnlyList<Envelope> Entries)
{
    /// <summary>Splits what is owed to one sender beyond a number.</summary>
    public static IReadOnlyList<ReceiptStretch> Split(UserId sender, UserId peer, IReadOnlyList<OwedReceipt> owed, long beyond, TimeProvider time)
    {
        var stretches = new List<ReceiptStretch>();
        var (stretch, messages) = (new List<OwedReceipt>(), 0);
        foreach (var receipt in owed.Where(receipt => receipt.Number > beyond && receipt.HasEntries))
        {
            if (stretch.Count > 0 && !MayFollow(stretch[^1], receipt, messages))
            {
                End();
            }

            stretch.Add(receipt);
            messages += receipt.Messages.Count;
        }

        if (stretch.Count > 0)
        {
            End();
        }

        return stretches;

        void End()
        {
            var entries = stretch[0].State == ReceiptState.Copy
                ? stretch[0].Copies
                : [new Envelope(MessageId.New(time), peer, sender, ReceiptBody.Write(peer, stretch), SentAt: 0) { Kind = EnvelopeKind.Receipt }];
            stretches.Add(new ReceiptStretch(stretch[0].Number, stretch[^1].Number, entries));
            (stretch, messages) = ([], 0);
        }
    }

    private static bool MayFollow(OwedReceipt last, OwedReceipt next, int messages) =>
        last.State != ReceiptState.Copy && messages + next.Messages.Count <= InboxLimits.MessagesPerReceipt && (last.State, last.Device) == (next.State, next.Device);
}
