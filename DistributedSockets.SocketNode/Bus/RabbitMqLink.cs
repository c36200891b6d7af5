// The way to one node: what comes while a publish is in flight travels together in the next one.
using System.Diagnostics;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using RabbitMQ.Client;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// The way to one incarnation. One publish is in flight at a time, which keeps the order; what comes meanwhile collects and travels together in the
/// next one, so the busier the link, the fewer the broker messages. An idle link sends at once: there is no timer.
/// <para>What waits is bounded by number and weight. When it is full the caller waits for room, for a while, and then hears that nothing was sent.</para>
/// </summary>
internal sealed class RabbitMqLink(NodeIncarnation target, RabbitMqPublisher publisher, BusMetrics metrics, TimeProvider time)
{
    /// <summary>About what one broker message carries. A single request above it still travels whole, since it has one outcome.</summary>
    private const int MessageWeight = 64 * 1024;

    private const int MaxWaitingEnvelopes = 10_000;
    private const int MaxWaitingWeight = 8 * 1024 * 1024;

    /// <summary>What has not been sent by then never is: the rest of the send limit must be enough for the broker's answer.</summary>
    private static readonly TimeSpan WaitLimit = RabbitMqPublisher.SendLimit / 2;

    private readonly string _routingKey = BusTopology.RoutingKey(target);
    private readonly Lock _gate = new();
    private readonly Queue<Request> _waiting = new();
    private int _waitingEnvelopes;
    private int _waitingWeight;
    private TaskCompletionSource? _room;
    private bool _pumping;
    private long _usedAt = time.GetTimestamp();

    public async Task<PublishOutcome> PublishAsync(IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        var request = new Request(envelopes, envelopes.Sum(EnvelopeCodec.Weigh), time.GetTimestamp());
        while (!TryEnqueue(request, out var room))
        {
            var remaining = WaitLimit - time.GetElapsedTime(request.Since);
            if (remaining <= TimeSpan.Zero || !await RoomAsync(room, remaining, cancellationToken))
            {
                return PublishOutcome.Unroutable;
            }
        }

        // A caller that gives up here leaves its envelopes on their way: others may travel in the same message.
        return await request.Outcome.Task.WaitAsync(cancellationToken);
    }

    public bool IsUnusedFor(TimeSpan age)
    {
        lock (_gate)
        {
            return !_pumping && time.GetElapsedTime(_usedAt) > age;
        }
    }

    private async Task<bool> RoomAsync(Task room, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await room.WaitAsync(limit, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private bool TryEnqueue(Request request, out Task room)
    {
        lock (_gate)
        {
            // An empty link takes anything: one request may weigh more than the limit.
            if (_waiting.Count > 0
                && (_waitingEnvelopes + request.Envelopes.Count > MaxWaitingEnvelopes || _waitingWeight + request.Weight > MaxWaitingWeight))
            {
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
                return false;
            }

            room = Task.CompletedTask;
            _waiting.Enqueue(request);
            _waitingEnvelopes += request.Envelopes.Count;
            _waitingWeight += request.Weight;
            _usedAt = time.GetTimestamp();
            if (_pumping)
            {
                return true;
            }

            _pumping = true;
        }

        // Owned by nobody's await, ended by itself: nothing waits longer than the send limit.
        _ = PumpAsync();
        return true;
    }

    /// <summary>Sends until nothing waits. At most one runs.</summary>
    private async Task PumpAsync()
    {
        // It was started by one caller and works for all: their spans must not become children of the first one's.
        Activity.Current = null;
        while (TakeBatch() is { Count: > 0 } batch)
        {
            try
            {
                var outcome = await SendAsync(batch);
                batch.ForEach(request => request.Outcome.TrySetResult(outcome));
            }
            catch (Exception exception)
            {
                batch.ForEach(request => request.Outcome.TrySetException(exception));
            }
        }
    }

    /// <summary>The oldest requests, up to a message's weight; an empty batch ends the pump.</summary>
    private List<Request> TakeBatch()
    {
        var batch = new List<Request>();
        var weight = 0;
        lock (_gate)
        {
            while (_waiting.TryPeek(out var request) && (batch.Count == 0 || weight + request.Weight <= MessageWeight))
            {
                _waiting.Dequeue();
                _waitingEnvelopes -= request.Envelopes.Count;
                _waitingWeight -= request.Weight;
                if (time.GetElapsedTime(request.Since) > WaitLimit)
                {
                    request.Outcome.TrySetResult(PublishOutcome.Unroutable);
                    continue;
                }

                batch.Add(request);
                weight += request.Weight;
            }

            _pumping = batch.Count > 0;
            _room?.TrySetResult();
            _room = null;
        }

        return batch;
    }

    private async Task<PublishOutcome> SendAsync(List<Request> batch)
    {
        IReadOnlyList<Envelope> envelopes = batch.Count == 1 ? batch[0].Envelopes : [.. batch.SelectMany(request => request.Envelopes)];
        using var span = StartSpan(envelopes);
        if (span is not null && envelopes.Count == 1)
        {
            // Alone, the envelope goes on under this span, so that the receiver continues one straight trace. Of several, each keeps its own.
            envelopes = [envelopes[0] with { Trace = span.Context }];
        }

        // Not persistent: its queue dies with its owner's connection and is not durable, so a disk could give nothing back.
        var properties = new BasicProperties { ContentType = BusTopology.EnvelopesType };
        var since = time.GetTimestamp();
        var limit = RabbitMqPublisher.SendLimit - time.GetElapsedTime(batch[0].Since);
        var result = await publisher.SendAsync(BusTopology.Exchange, _routingKey, properties, EnvelopeCodec.Encode(envelopes), limit);
        metrics.Published(result.Text(), envelopes.Count, time.GetElapsedTime(since));
        if (span is not null && result != SendResult.Routed)
        {
            span.SetTag("error.type", result.Text());
            span.SetStatus(ActivityStatusCode.Error);
        }

        return result.Outcome();
    }

    private Activity? StartSpan(IReadOnlyList<Envelope> envelopes)
    {
        if (!NodeTracing.Source.HasListeners())
        {
            return null;
        }

        var alone = envelopes.Count == 1;
        var links = alone ? null : envelopes.Where(envelope => envelope.Trace != default).Select(envelope => new ActivityLink(envelope.Trace));
        var span = NodeTracing.Source.StartActivity(ActivityKind.Producer, alone ? envelopes[0].Trace : default, links: links, name: "messages publish");
        span?.SetTag("messaging.system", "rabbitmq");
        span?.SetTag("messaging.operation.type", "send");
        span?.SetTag("messaging.operation.name", "publish");
        span?.SetTag("messaging.destination.name", BusTopology.Exchange);
        span?.SetTag("messaging.rabbitmq.destination.routing_key", _routingKey);
        span?.SetTag("messaging.batch.message_count", alone ? null : envelopes.Count);
        return span;
    }

    private sealed record Request(IReadOnlyList<Envelope> Envelopes, int Weight, long Since)
    {
        public TaskCompletionSource<PublishOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
