// Acknowledged messages whose receipts are still to come.
namespace DistributedSockets.Client.Sending;

/// <summary>The last messages that were acknowledged, by what receipts call them; and receipts that came before the acknowledgement of a message that was sent again.</summary>
internal sealed class Deliveries(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SentMessage> _sent = [];
    private readonly Dictionary<string, Receipt> _early = [];
    private readonly Queue<string> _order = new();
    private readonly Queue<string> _earlyOrder = new();

    public void Add(SentMessage message)
    {
        if (message.Target.IsRoom)
        {
            return;
        }

        lock (_gate)
        {
            if (!_sent.TryAdd(message.Mid, message))
            {
                return;
            }

            _order.Enqueue(message.Mid);
            if (_early.Remove(message.Mid, out var receipt))
            {
                message.Take(receipt);
            }

            if (_order.Count > capacity && _sent.Remove(_order.Dequeue(), out var oldest))
            {
                oldest.Forget();
            }
        }
    }

    public void Take(Receipt receipt)
    {
        lock (_gate)
        {
            if (receipt is { State: ReceiptState.Read, UpTo: { } upTo })
            {
                foreach (var message in _sent.Values.Where(message => message.Target.Name == receipt.Peer && message.Seq <= upTo).ToList())
                {
                    message.Take(receipt);
                    Leave(message);
                }

                return;
            }

            foreach (var mid in receipt.Mids)
            {
                if (_sent.TryGetValue(mid, out var message))
                {
                    message.Take(receipt);
                    Leave(message);
                }
                else if (_early.TryAdd(mid, receipt))
                {
                    _earlyOrder.Enqueue(mid);
                    if (_earlyOrder.Count > capacity)
                    {
                        _early.Remove(_earlyOrder.Dequeue());
                    }
                }
            }
        }
    }

    public void End()
    {
        lock (_gate)
        {
            foreach (var message in _sent.Values)
            {
                message.Forget();
            }

            _sent.Clear();
        }
    }

    /// <summary>Nothing comes any more for what was read, or will never be.</summary>
    private void Leave(SentMessage message)
    {
        if (message.Delivered.IsCompletedSuccessfully && (message.Read.IsCompleted || message.Delivered.Result.State != ReceiptState.Delivered))
        {
            _sent.Remove(message.Mid);
        }
    }
}
