// What nodes have told of messages' ways, for all panes of a page.
using DistributedSockets.Client;

namespace DistributedSockets.Web.Chat.Journeys;

/// <summary>The hops of the last messages. One book for all panes of a page: who receives a message looks at what its sender was told.</summary>
public sealed class JourneyBook
{
    private const int Capacity = 1_000;

    private readonly Dictionary<string, List<Hop>> _hops = [];
    private readonly Queue<string> _order = new();

    /// <summary>There is one more hop of this message.</summary>
    public event Action<string>? Changed;

    public IReadOnlyList<Hop> Of(string mid) => _hops.TryGetValue(mid, out var hops) ? hops : [];

    public void Add(Hop hop)
    {
        if (!_hops.TryGetValue(hop.Mid, out var hops))
        {
            _hops.Add(hop.Mid, hops = []);
            _order.Enqueue(hop.Mid);
            if (_order.Count > Capacity)
            {
                _hops.Remove(_order.Dequeue());
            }
        }

        hops.Add(hop);
        Changed?.Invoke(hop.Mid);
    }
}
