// The registry in memory: which boot of a node may say so.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Registry;

internal sealed partial class InMemoryConnectionRegistry
{
    private readonly Dictionary<NodeId, (NodeIncarnation Holder, long ExpiresAt)> _leases = [];
    private readonly Dictionary<NodeId, long> _lastNumbers = [];
    private readonly Dictionary<NodeIncarnation, long> _alive = []; // until when; what is past waits for the reaper
    private readonly Dictionary<NodeIncarnation, NodeInfo> _infos = [];

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task<LeaseAttempt> TakeLeaseAsync(NodeInfo info, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now;
            if (Holder(info.Node, now) is { } holder)
            {
                var remaining = TimeSpan.FromMilliseconds(_leases[info.Node].ExpiresAt - now);
                return Task.FromResult<LeaseAttempt>(new LeaseAttempt.Held(holder, _infos.GetValueOrDefault(holder), remaining));
            }

            var number = Math.Max(_lastNumbers.GetValueOrDefault(info.Node) + 1, now);
            var self = new NodeIncarnation(info.Node, number);
            Grant(self, info, now);
            return Task.FromResult<LeaseAttempt>(new LeaseAttempt.Taken(self));
        }
    }

    public Task<LeaseRenewal> RenewLeaseAsync(NodeIncarnation self, NodeInfo info, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now;
            var holder = Holder(self.Node, now);
            if (IsFenced(self) || (holder is not null && holder != self))
            {
                return Task.FromResult(LeaseRenewal.Lost);
            }

            Grant(self, info, now);
            return Task.FromResult(holder == self ? LeaseRenewal.Renewed : LeaseRenewal.TakenBack);
        }
    }

    public Task ReleaseLeaseAsync(NodeIncarnation self, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Holder(self.Node, Now) == self)
            {
                _leases.Remove(self.Node);
            }

            Fence(self);
            _infos.Remove(self);
            if (_alive.Remove(self) && _usersByNode.ContainsKey(self))
            {
                // What it could not close is left to the reaper.
                _reaping.Add(self);
            }

            return Task.CompletedTask;
        }
    }

    public Task<LivingNodes> ReadNodesAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now;
            var living = _alive.Where(node => node.Value > now).ToDictionary(node => node.Key, node => _infos.GetValueOrDefault(node.Key));
            return Task.FromResult(new LivingNodes(now, living));
        }
    }

    private NodeIncarnation? Holder(NodeId node, long now) => _leases.TryGetValue(node, out var lease) && lease.ExpiresAt > now ? lease.Holder : null;

    private bool IsFenced(NodeIncarnation node) => _lastNumbers.GetValueOrDefault(node.Node) > node.Number;

    private void Grant(NodeIncarnation self, NodeInfo info, long now)
    {
        var expiresAt = now + (long)leaseLength.TotalMilliseconds;
        _leases[self.Node] = (self, expiresAt);
        _lastNumbers[self.Node] = self.Number;
        _alive[self] = expiresAt;
        _infos[self] = info;
    }
}
