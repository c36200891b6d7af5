// Acknowledged messages whose receipts are still to come.
namespace DistributedSockets.Client.Sending;

/// <summary>The last messages that were acknowledged, by what receipts call them; and receipts that came before the acknowledgement of a message that was sent again.</summary>
internal sealed class Deliveries(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Outcome> _outcomes = [];
    private readonly Dictionary<string, Receipt> _early = [];
    private readonly Queue<string> _order = new();
    private readonly Queue<string> _earlyOrder = new();

    /// <summary>A message was acknowledged. Twice for one that was sent twice under one id: both have one outcome.</summary>
    public Outcome Add(Target target, string mid, long seq)
    {
        if (target.IsRoom)
        {
            return Outcome.None;
        }

        lock (_gate)
        {
            if (_outcomes.TryGetValue(mid, out var known))
            {
                return known;
            }

            var outcome = new Outcome(target.Name, seq);
            _outcomes.Add(mid, outcome);
            _order.Enqueue(mid);
            if (_early.Remove(mid, out var receipt))
            {
                Take(mid, outcome, receipt);
            }

            if (_order.Count > capacity && _outcomes.Remove(_order.Dequeue(), out var oldest))
            {
                oldest.Forget();
            }

            return outcome;
        }
    }

    public void Take(Receipt receipt)
    {
        lock (_gate)
        {
            if (receipt is { State: ReceiptState.Read, UpTo: { } upTo })
            {
                foreach (var (mid, outcome) in _outcomes.Where(one => one.Value.Peer == receipt.Peer && one.Value.Seq <= upTo).ToList())
                {
                    Take(mid, outcome, receipt);
                }

                return;
            }

            foreach (var mid in receipt.Mids)
            {
                if (_outcomes.TryGetValue(mid, out var outcome))
                {
                    Take(mid, outcome, receipt);
                }
                else if (_early.TryAdd(mid, receipt))
                {
                    KeepInBounds(mid);
                }
            }
        }
    }

    public void End()
    {
        lock (_gate)
        {
            foreach (var outcome in _outcomes.Values)
            {
                outcome.Forget();
            }

            _outcomes.Clear();
        }
    }

    private void Take(string mid, Outcome outcome, Receipt receipt)
    {
        if (outcome.Take(receipt))
        {
            _outcomes.Remove(mid);
        }
    }

    private void KeepInBounds(string mid)
    {
        _earlyOrder.Enqueue(mid);
        if (_earlyOrder.Count > capacity)
        {
            _early.Remove(_earlyOrder.Dequeue());
        }
    }
}
