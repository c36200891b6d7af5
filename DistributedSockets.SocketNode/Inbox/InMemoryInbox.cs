// Inboxes that live in this process: for a node alone and for several nodes in one process.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>Inboxes that live in this process. One instance serves all nodes in it.</summary>
internal sealed class InMemoryInbox(InMemoryConnectionRegistry registry, InboxLimits limits) : IInbox
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UserId, Messages> _users = [];

    public Task<AppendResult> AppendAsync(UserId user, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_users.TryGetValue(user, out var messages))
            {
                _users.Add(user, messages = new Messages());
            }

            // Stored first, located second: who opens in between gets a hint for what they also read, never neither.
            return Task.FromResult<AppendResult>(messages.TryAppend(user, envelopes, limits)
                ? new AppendResult.Stored(messages.End - envelopes.Count + 1, registry.Locate(user))
                : new AppendResult.Full());
        }
    }

    public Task<long> ReadCursorAsync(UserId user, DeviceId device, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_users.TryGetValue(user, out var messages) ? messages.Cursor(device) : 0);
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
            // Never wiped: its one epoch is its life.
            return Task.FromResult<IReadOnlyList<InboxEnd>>(
                [.. users.Select(user => _users.TryGetValue(user, out var messages) ? new InboxEnd(messages.End, nameof(InMemoryInbox)) : default)]);
        }
    }

    public Task AcknowledgeAsync(UserId user, DeviceId device, long seq, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_users.TryGetValue(user, out var messages))
            {
                messages.Acknowledge(device, seq);
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>One user's inbox; the caller holds the lock.</summary>
    private sealed class Messages
    {
        private readonly List<Envelope> _kept = []; // seqs _trimmed + 1 to End, without holes
        private readonly List<(DeviceId Device, long Seq)> _cursors = []; // the least recently moved first
        private long _trimmed;
        private long _delivered;
        private long _waitingBytes;

        public long End => _trimmed + _kept.Count;

        public bool TryAppend(UserId user, IReadOnlyList<Envelope> envelopes, InboxLimits limits)
        {
            var bytes = envelopes.Sum(envelope => (long)envelope.Body.Length);
            if (End - _delivered + envelopes.Count > limits.Messages || _waitingBytes + bytes > limits.Bytes)
            {
                return false;
            }

            foreach (var envelope in envelopes)
            {
                _kept.Add(new Envelope(envelope.Id, envelope.From, user, envelope.Body, envelope.SentAt) { Seq = End + 1 });
            }

            _waitingBytes += bytes;
            return true;
        }

        public long Cursor(DeviceId device)
        {
            var index = _cursors.FindIndex(cursor => cursor.Device == device);
            return index < 0 ? _delivered : _cursors[index].Seq;
        }

        public InboxPage Read(long after, int limit)
        {
            var start = (int)Math.Clamp(after - _trimmed, 0, _kept.Count);
            var count = Math.Min(limit, _kept.Count - start);
            return new InboxPage(_kept.GetRange(start, count), start + count == _kept.Count);
        }

        public void Acknowledge(DeviceId device, long seq)
        {
            var index = _cursors.FindIndex(cursor => cursor.Device == device);
            if (seq <= (index < 0 ? 0 : _cursors[index].Seq) || seq > End)
            {
                return;
            }

            if (index >= 0)
            {
                _cursors.RemoveAt(index);
            }

            _cursors.Add((device, seq));
            if (_cursors.Count > InboxLimits.Cursors)
            {
                _cursors.RemoveAt(0);
            }

            for (; _delivered < seq; _delivered++)
            {
                _waitingBytes -= _kept[(int)(_delivered - _trimmed)].Body.Length;
            }

            var surplus = (int)Math.Max(0, _delivered - InboxLimits.KeptBelowDelivered - _trimmed);
            _kept.RemoveRange(0, surplus);
            _trimmed += surplus;
        }
    }
}
