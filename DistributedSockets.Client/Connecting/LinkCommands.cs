// What a link writes, in this order: what is said to the node at once, acknowledgements, questions, messages.
using DistributedSockets.Client.Receiving;
using DistributedSockets.Client.Sending;

namespace DistributedSockets.Client.Connecting;

/// <summary>Everything that waits to be written. It outlives connections, but for what is worth nothing on a later one.</summary>
internal sealed class LinkCommands(ClientOptions options, FrameLimit limit, Outbox outbox, Requests requests, Places places) : IFrameSource
{
    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _now = new();

    public int FrameBytes => limit.Bytes;

    /// <summary>A command for this connection only.</summary>
    /// <returns>False if too many wait.</returns>
    public bool TryAdd(byte[] command)
    {
        lock (_gate)
        {
            if (_now.Count >= options.OutboxCapacity)
            {
                return false;
            }

            _now.Enqueue(command);
            return true;
        }
    }

    /// <summary>A connection begins: everything that has no answer is said again.</summary>
    /// <param name="perSecond">How many messages the node takes a second; 0 for any.</param>
    public void Begin(long perSecond)
    {
        lock (_gate)
        {
            _now.Clear();
        }

        requests.Begin();
        outbox.Begin(perSecond);
    }

    public byte[]? TryTake(int most, out TimeSpan? again)
    {
        again = null;
        lock (_gate)
        {
            if (_now.TryPeek(out var command) && command.Length <= most)
            {
                return _now.Dequeue();
            }
        }

        return places.TryTell(most) ?? requests.TryTake(most) ?? outbox.TryTake(most, out again);
    }
}
