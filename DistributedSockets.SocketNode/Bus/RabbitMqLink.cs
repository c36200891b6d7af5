// The way to one node: what comes while a publish is in flight travels together in the next one.
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using RabbitMQ.Client;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// The way to one incarnation. One publish is in flight at a time, which keeps the order; what comes meanwhile collects and travels together in the
/// next one, so the busier the link, the fewer the broker messages. An idle link sends at once: there is no timer.
/// <para>What waits is bounded by number and bytes. When it is full the caller waits for room, for a while, and then hears that nothing was sent.</para>
/// </summary>
internal sealed class RabbitMqLink(NodeIncarnation target, RabbitMqPublisher publisher, BusMetrics metrics, TimeProvider time)
{
    /// <summary>A broker message of that size takes nothing more.</summary>
    private const int MessageBytes = 64 * 1024;

    private const int MaxWaitingEnvelopes = 10_000;
    private const int MaxWaitingBytes = 8 * 1024 * 1024;

    /// <summary>What has not been sent by then never is: the rest of the send limit must be enough for the broker's answer.</summary>
    private static readonly TimeSpan WaitLimit = RabbitMqPublisher.SendLimit / 2;

    private readonly string _routingKey = BusTopology.RoutingKey(target);
    private readonly Lock _gate = new();
    private readonly Queue<LinkBatch> _waiting = new();
    private LinkBatch? _collecting;
    private int _waitingEnvelopes;
    private int _waitingBytes;
    private TaskCompletionSource? _room;
    private bool _pumping;
    private long _usedAt = time.GetTimestamp();

    /// <summary>Messages that are not yet in a publish.</summary>
    public int Waiting => Volatile.Read(ref _waitingEnvelopes);

    private bool HasRoom => _waitingEnvelopes < MaxWaitingEnvelopes && _waitingBytes < MaxWaitingBytes;

    public async Task<PublishOutcome> PublishAsync(IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        Task<PublishOutcome>? outcome;
        while (!TryAdd(envelopes, out outcome, out var room))
        {
            var remaining = WaitLimit - time.GetElapsedTime(since);
            if (remaining <= TimeSpan.Zero || !await RoomAsync(room, remaining, cancellationToken))
            {
                return PublishOutcome.Unroutable;
            }
        }

        // A caller that gives up here leaves its envelopes on their way: others may travel in the same message.
        return await outcome.WaitAsync(cancellationToken);
    }

    public bool TryPost(in FastMessage message, Recipient recipient)
    {
        lock (_gate)
        {
            if (!HasRoom || !recipient.TryBegin(target))
            {
                return false;
            }

            var batch = Collecting();
            var before = batch.Message.Length;
            batch.Add(message, recipient);
            if (!CountIn(1, batch.Message.Length - before))
            {
                return true;
            }
        }

        Pump(isYielding: false);
        return true;
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

    private bool TryAdd(IReadOnlyList<Envelope> envelopes, [NotNullWhen(true)] out Task<PublishOutcome>? outcome, out Task room)
    {
        lock (_gate)
        {
            if (!HasRoom)
            {
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                outcome = null;
                room = _room.Task;
                return false;
            }

            room = Task.CompletedTask;
            var batch = Collecting();
            var before = batch.Message.Length;
            outcome = batch.Add(envelopes);
            if (!CountIn(envelopes.Count, batch.Message.Length - before))
            {
                return true;
            }
        }

        // What the store has answered at once comes here one after the other: the first does not leave without the rest, which is about to run.
        Pump(isYielding: true);
        return true;
    }

    /// <summary>Where the next envelopes go.</summary>
    private LinkBatch Collecting()
    {
        if (_collecting is not { Message.Length: < MessageBytes })
        {
            _usedAt = time.GetTimestamp();
            _waiting.Enqueue(_collecting = new LinkBatch(_usedAt));
        }

        return _collecting;
    }

    /// <summary>Whether somebody has to start the pump.</summary>
    private bool CountIn(int envelopes, int bytes)
    {
        _waitingEnvelopes += envelopes;
        _waitingBytes += bytes;
        if (_pumping)
        {
            return false;
        }

        return _pumping = true;
    }

    /// <summary>Owned by nobody's await, ended by itself: nothing waits longer than the send limit.</summary>
    private void Pump(bool isYielding) => _ = PumpAsync(isYielding);

    /// <summary>Sends until nothing waits. At most one runs.</summary>
    private async Task PumpAsync(bool isYielding)
    {
        // It was started by one caller and works for all: their spans must not become children of the first one's.
        Activity.Current = null;
        if (isYielding)
        {
            await Task.Yield();
        }

        while (TryTake(out var batch))
        {
            try
            {
                var outcome = time.GetElapsedTime(batch.Since) > WaitLimit ? PublishOutcome.Unroutable
                    : batch.Envelopes == 0 ? PublishOutcome.Routed
                    : await SendAsync(batch);
                batch.Answer(outcome);
                if (outcome == PublishOutcome.Unroutable)
                {
                    ReturnPosts();
                }
            }
            catch (Exception exception)
            {
                batch.Fail(exception);
            }

            batch.Clear();
        }
    }

    private bool TryTake([NotNullWhen(true)] out LinkBatch? batch)
    {
        lock (_gate)
        {
            _pumping = _waiting.TryDequeue(out batch);
            if (batch is not null)
            {
                _waitingEnvelopes -= batch.Envelopes;
                _waitingBytes -= batch.Message.Length;
            }

            if (batch == _collecting)
            {
                _collecting = null;
            }

            _room?.TrySetResult();
            _room = null;
            return _pumping;
        }
    }

    private void ReturnPosts()
    {
        lock (_gate)
        {
            foreach (var batch in _waiting)
            {
                batch.ReturnPosts();
            }

            _waitingEnvelopes = _waiting.Sum(batch => batch.Envelopes);
            _waitingBytes = _waiting.Sum(batch => batch.Message.Length);
        }
    }

    private async Task<PublishOutcome> SendAsync(LinkBatch batch)
    {
        using var span = StartSpan(batch);
        if (span is not null && batch.Envelopes == 1)
        {
            // Alone, the envelope goes on under this span, so that the receiver continues one straight trace. Of several, each keeps its own.
            batch.Replace(batch.Requested.Single() with { Trace = span.Context });
        }

        // Not persistent: its queue dies with its owner's connection and is not durable, so a disk could give nothing back.
        var properties = new BasicProperties { ContentType = BusTopology.EnvelopesType };
        var since = time.GetTimestamp();
        var limit = RabbitMqPublisher.SendLimit - time.GetElapsedTime(batch.Since);
        var result = await publisher.SendAsync(BusTopology.Exchange, _routingKey, properties, batch.Message, limit);
        metrics.Published(result.Text(), batch.Envelopes, time.GetElapsedTime(since));
        if (span is not null && result != SendResult.Routed)
        {
            span.SetTag("error.type", result.Text());
            span.SetStatus(ActivityStatusCode.Error);
        }

        return result.Outcome();
    }

    /// <summary>A span if somebody is to see it. What was posted is not traced.</summary>
    private Activity? StartSpan(LinkBatch batch)
    {
        if (!NodeTracing.Source.HasListeners() || !batch.Requested.Any())
        {
            return null;
        }

        var alone = batch.Envelopes == 1;
        var links = alone ? null : batch.Requested.Where(envelope => envelope.Trace != default).Select(envelope => new ActivityLink(envelope.Trace));
        var span = NodeTracing.Source.StartActivity(ActivityKind.Producer, alone ? batch.Requested.Single().Trace : default, links: links, name: "messages publish");
        span?.SetTag("messaging.system", "rabbitmq");
        span?.SetTag("messaging.operation.type", "send");
        span?.SetTag("messaging.operation.name", "publish");
        span?.SetTag("messaging.destination.name", BusTopology.Exchange);
        span?.SetTag("messaging.rabbitmq.destination.routing_key", _routingKey);
        span?.SetTag("messaging.batch.message_count", alone ? null : batch.Envelopes);
        return span;
    }
}
