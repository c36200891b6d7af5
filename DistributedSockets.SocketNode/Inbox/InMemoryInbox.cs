// Inboxes that live in this process: for a node alone and for several nodes in one process.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>Inboxes that live in this process, with what is owed to senders and their upkeep. One instance serves all nodes in it.</summary>
internal sealed partial class InMemoryInbox(InMemoryConnectionRegistry registry, InboxLimits limits, TimeProvider time, InMemoryHookQueue? hooks = null) : IInbox, IReceipts, IInboxUpkeep
{
    private const long MissedKeptMs = 120_000;

    private readonly Lock _lock = registry.Gate;
    private readonly Dictionary<UserId, InMemoryMessages> _users = [];
    private readonly Dictionary<NodeIncarnation, (HashSet<UserId> Users, long Until)> _missed = [];

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task<Appended> AppendAsync(UserId user, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var (now, messages) = (Now, Of(user));
            var placements = messages.Append(user, envelopes, now);
            EnterStored(user, envelopes, placements);
            Want(user, envelopes.Select(envelope => envelope.TtlSeconds * 1000L).Where(ttl => ttl > 0).Append(VisitPeriod).Min() + now);

            // Stored first, located second: who opens in between gets a hint for what they also read, never neither.
            return Task.FromResult(new Appended(placements, messages.Epoch, registry.Locate(user)));
        }
    }

    public Task<bool> IsReusedAsync(Envelope envelope, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_users.TryGetValue(envelope.To, out var messages) && messages.IsReused(envelope, Now));
        }
    }

    public Task<InboxStart> BeginAsync(UserId user, DeviceId device, ResumeClaim claim, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(Of(user).Begin(device, claim, Now));
        }
    }

    public Task<InboxEnd> ReadCursorAsync(UserId user, DeviceId device, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_users.TryGetValue(user, out var messages) ? new InboxEnd(messages.Cursor(device), messages.Epoch) : default);
        }
    }

    public Task<InboxPage> ReadAsync(UserId user, long after, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_users.TryGetValue(user, out var messages) ? messages.Read(after, limit) : new InboxPage([], AtEnd: true));
        }
    }

    public Task<IReadOnlyList<InboxEnd>> ReadEndsAsync(IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<InboxEnd>>(
                [.. users.Select(user => _users.TryGetValue(user, out var messages) ? new InboxEnd(messages.End, messages.Epoch) : default)]);
        }
    }

    public Task<string> RenewEpochAsync(UserId user, string epoch, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(Of(user).RenewEpoch(epoch));
        }
    }

    public async Task<OwedPage?> AcknowledgeAsync(UserId user, DeviceId device, string? epoch, long seq, long storedAt, CancellationToken cancellationToken)
    {
        Task<OwedPage> owed;
        lock (_lock)
        {
            if (_users.TryGetValue(user, out var messages) && !messages.TryAcknowledge(device, epoch, seq, storedAt, Now))
            {
                return null;
            }

            owed = ReadOwedAsync(user, after: 0, OwedPage.Size, cancellationToken);
        }

        return await owed;
    }

    public Task NoteMissedAsync(NodeIncarnation node, IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var (present, _) = _missed.GetValueOrDefault(node, ([], 0));
            present.UnionWith(users);
            _missed[node] = (present, Now + MissedKeptMs);
            return Task.CompletedTask;
        }
    }

    public Task<IReadOnlyList<UserId>> TakeMissedAsync(NodeIncarnation self, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (var (node, (_, until)) in _missed)
            {
                if (until <= Now)
                {
                    _missed.Remove(node);
                }
            }

            if (!_missed.TryGetValue(self, out var missed))
            {
                return Task.FromResult<IReadOnlyList<UserId>>([]);
            }

            var taken = missed.Users.Take(limit).ToList();
            missed.Users.ExceptWith(taken);
            return Task.FromResult<IReadOnlyList<UserId>>(taken);
        }
    }

    private InMemoryMessages Of(UserId user)
    {
        if (!_users.TryGetValue(user, out var messages))
        {
            _users.Add(user, messages = new InMemoryMessages(limits));
        }

        return messages;
    }
}
