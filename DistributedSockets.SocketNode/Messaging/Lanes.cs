// Keeps the messages to one recipient in order while each path takes its own time.
using System.Diagnostics;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Diagnostics;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>
/// A lane is (sending connection, recipient, delivery class). It carries one batch at a time and changes its path (local, another node, inbox) only when everything
/// earlier has an outcome; what comes meanwhile collects into the next batch. Bounded over all lanes of the sender: when <paramref name="capacity"/> messages are on
/// their way, <see cref="EnqueueAsync"/> waits, and with it the sender's socket.
/// <para>An idle lane sets out when <see cref="SetOut"/> is called, once all that had come is enqueued: a first message that went alone would keep those right behind it waiting for its answer.</para>
/// </summary>
/// <param name="tell">Tells the sender what became of a message, in the order of sending; nothing of a fast one that went its way. Must not wait.</param>
internal sealed class Lanes(MessageRouter router, int capacity, NodeMetrics metrics, Action<Envelope, Outcome> tell) : IDisposable
{
    /// <summary>Messages that travel together at most.</summary>
    private const int BatchSize = 256;

    /// <summary>Bytes of bodies that travel together at most, unless one message has more: about what one publish carries, far below what a broker takes.</summary>
    private const int BatchBytes = 64 * 1024;

    /// <summary>Lanes that are kept although nothing is in them, since what follows has to stay behind something in an inbox.</summary>
    private const int MaxKept = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<(UserId Recipient, bool IsReliable), Lane> _lanes = [];
    private readonly SemaphoreSlim _room = new(capacity);
    private TaskCompletionSource? _drained;

    /// <summary>The first of the lanes that have yet to set out.</summary>
    private Lane? _ready;

    /// <summary>Messages that are on their way.</summary>
    public int Count => capacity - _room.CurrentCount;

    /// <summary>Whether nothing fast to this recipient is on its way, so that the next fast message may take any path.</summary>
    public bool IsIdle(UserId recipient)
    {
        lock (_gate)
        {
            return _lanes.Count == 0 || !_lanes.ContainsKey((recipient, false));
        }
    }

    /// <summary>Puts a message into its lane. Where it has to wait for room, all that is there sets out first.</summary>
    /// <param name="recipient">Set when messages to them may be on their way past the lanes: this one stays behind those.</param>
    public async ValueTask EnqueueAsync(Envelope envelope, Recipient? recipient, CancellationToken cancellationToken)
    {
        if (!_room.Wait(0, CancellationToken.None))
        {
            SetOut();
            await _room.WaitAsync(cancellationToken);
        }

        Enqueue(envelope, recipient, isReturned: false);
    }

    /// <summary>Lets all lanes go in which something waits. Called by whoever enqueues, before they wait for anything.</summary>
    public void SetOut()
    {
        // Mostly there are none: a reader comes here for whatever it has read.
        if (Volatile.Read(ref _ready) is null)
        {
            return;
        }

        Lane? ready;
        lock (_gate)
        {
            (ready, _ready) = (_ready, null);
        }

        while (ready is not null)
        {
            var lane = ready;
            (ready, lane.NextReady) = (lane.NextReady, null);

            // Owned by nobody's await, ended by itself; the connection waits for all at its end.
            _ = RunAsync(lane);
        }
    }

    /// <summary>The bus has an answer for a message that was posted past the lanes. What has to find another way goes before all that came later.</summary>
    public void Take(Recipient recipient, PublishOutcome outcome, Envelope? returned)
    {
        if (returned is null)
        {
            metrics.Delivered(outcome == PublishOutcome.Routed ? Delivery.Remote : Delivery.Unknown, 1);
            return;
        }

        // With one hop behind it: whoever looks for another way must not be told the same one from memory.
        metrics.Rerouted.Add(1);
        Enqueue(returned with { Hops = returned.Hops + 1 }, recipient, isReturned: true);
        SetOut();
    }

    /// <summary>Completes when everything that was enqueued has an outcome. Every step on the way has a time limit, so this has one too.</summary>
    public Task DrainAsync()
    {
        SetOut();
        lock (_gate)
        {
            if (_lanes.Values.All(lane => !lane.IsBusy))
            {
                return Task.CompletedTask;
            }

            return (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public void Dispose() => _room.Dispose();

    private void Enqueue(Envelope envelope, Recipient? recipient, bool isReturned)
    {
        lock (_gate)
        {
            var key = (envelope.To, envelope.IsReliable);
            if (!_lanes.TryGetValue(key, out var lane))
            {
                _lanes.Add(key, lane = new Lane(key));
            }

            (isReturned ? lane.Returned : lane.Waiting).Enqueue(envelope);
            lane.Posted = envelope.IsReliable ? null : recipient;
            if (!lane.Running)
            {
                lane.Running = true;
                lane.NextReady = _ready;
                _ready = lane;
            }
        }
    }

    private async Task RunAsync(Lane lane)
    {
        // Started by one message, works for many: their spans are not the first one's children.
        Activity.Current = null;
        if (lane.Posted is { } posted)
        {
            // Nothing more is posted while the lane is busy.
            await posted.WhenSettledAsync();
        }

        while (await CarryNextAsync(lane))
        {
        }

        await lane.Hinted;
        Leave(lane);
    }

    /// <summary>Carries the next batch of a lane, in which more collects while it waits for its turn. False: nothing waits.</summary>
    private async ValueTask<bool> CarryNextAsync(Lane lane)
    {
        var hasTurn = TakesTurns(lane) && await router.Turns.TakeAsync();
        try
        {
            if (!TryTakeBatch(lane, out var batch, out var freed))
            {
                return false;
            }

            var carried = await router.CarryAsync(lane.Recipient, batch, lane.Hinted, tell, CancellationToken.None);
            lane.Hinted = carried.Hinted ?? lane.Hinted;
            metrics.Delivered(carried.Delivery, batch.Count);
            Free(freed);
            if (carried.Refused is { } refused)
            {
                Refuse(lane, refused);
            }

            return true;
        }
        finally
        {
            if (hasTurn)
            {
                router.Turns.GiveBack();
            }
        }
    }

    /// <summary>Only where messages come together anyway: one that comes alone would wait for nothing.</summary>
    private bool TakesTurns(Lane lane)
    {
        lock (_gate)
        {
            return lane.IsReliable && lane.Waiting.Count > 1;
        }
    }

    private void Free(int places)
    {
        if (places > 0)
        {
            _room.Release(places);
        }
    }

    /// <summary>Forgets a lane in which nothing is on its way, unless what follows has to stay behind something in the inbox.</summary>
    private void Leave(Lane lane)
    {
        lock (_gate)
        {
            if (!lane.IsBusy && (lane.Hinted.Result || _lanes.Count > MaxKept))
            {
                _lanes.Remove(lane.Key);
            }

            if (_drained is not null && _lanes.Values.All(other => !other.IsBusy))
            {
                _drained.SetResult();
                _drained = null;
            }
        }
    }

    /// <summary>
    /// What waited behind a refused reliable message is refused too: the sender sends it again in its order, behind what went wrong. It is taken out before the sender
    /// hears anything, so that what it sends in answer is not among it.
    /// </summary>
    private void Refuse(Lane lane, RefusedMessages refused)
    {
        List<Envelope> waiting = [];
        lock (_gate)
        {
            if (lane.IsReliable)
            {
                waiting.AddRange(lane.Waiting);
                lane.Waiting.Clear();
            }
        }

        foreach (var envelope in refused.Envelopes.Concat(waiting))
        {
            tell(envelope, Outcome.Refused(refused.Error));
        }

        if (waiting.Count > 0)
        {
            metrics.Delivered(Delivery.Failed, waiting.Count);
            Free(waiting.Count);
        }
    }

    /// <param name="freed">How many of the batch have a place that is free again when they have an outcome.</param>
    private bool TryTakeBatch(Lane lane, out List<Envelope> batch, out int freed)
    {
        batch = [];
        freed = 0;
        var bytes = 0;
        lock (_gate)
        {
            while (batch.Count < BatchSize && lane.Next is { } queue && queue.Peek() is var envelope && (batch.Count == 0 || MayFollow(batch[^1], envelope, bytes)))
            {
                batch.Add(queue.Dequeue());
                bytes += envelope.Body.Length;
                freed += queue == lane.Waiting ? 1 : 0;
            }

            if (batch.Count > 0)
            {
                return true;
            }

            lane.Running = false;
            return false;
        }
    }

    /// <summary>Messages go together, edits and deletions alone.</summary>
    private static bool MayFollow(Envelope last, Envelope next, int bytes) => !last.IsChange && !next.IsChange && bytes + next.Body.Length <= BatchBytes;

    private sealed class Lane((UserId Recipient, bool IsReliable) key)
    {
        public (UserId Recipient, bool IsReliable) Key => key;

        public UserId Recipient => key.Recipient;

        public bool IsReliable => key.IsReliable;

        public Queue<Envelope> Waiting { get; } = new();

        /// <summary>What went past the lanes and came back; before all that waits.</summary>
        public Queue<Envelope> Returned { get; } = new();

        public Queue<Envelope>? Next => Returned.Count > 0 ? Returned : Waiting.Count > 0 ? Waiting : null;

        /// <summary>What may be on its way past this lane.</summary>
        public Recipient? Posted { get; set; }

        public bool Running { get; set; }

        /// <summary>Another one that has yet to set out.</summary>
        public Lane? NextReady { get; set; }

        /// <summary>The hints of what was stored last: whether the recipient's nodes have them.</summary>
        public Task<bool> Hinted { get; set; } = MessageRouter.Routed;

        public bool IsBusy => Running || !Hinted.IsCompleted;
    }
}
