// Sends what back ends have for users and rooms, by the same ways as connections.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Api;

/// <summary>What became of a message: where it lies, or why it does not.</summary>
/// <param name="Place">Its number in the inbox or in the room; 0 for what is not stored.</param>
internal sealed record Sent(MessageId Id, long Place, long At, bool IsDuplicate, ApiRefusal? Refusal)
{
    public static Sent Not(ApiRefusal refusal) => new(default, 0, 0, IsDuplicate: false, refusal);
}

/// <summary>
/// Sends what back ends have for users and rooms. Messages to the same recipient are stored in their order: what is behind one that was refused for now is refused with it.
/// Returns when all have an outcome; every step has a time limit.
/// </summary>
internal sealed class ApiSender(MessageRouter router, RoomOutbox outbox, NodeMetrics metrics, TimeProvider time) : IDisposable
{
    /// <summary>Messages that are stored in one step.</summary>
    private const int Batch = 256;

    /// <summary>Bytes of bodies that are stored in one step, unless one message has more.</summary>
    private const int BatchBytes = 64 * 1024;

    /// <summary>Recipients of all requests that are stored for at the same time.</summary>
    private const int Parallel = 32;

    private readonly SemaphoreSlim _turns = new(Parallel);

    /// <returns>What became of each, in their order.</returns>
    /// <param name="atEnd">Gets what may still be on its way to other nodes when all have an outcome; it never fails.</param>
    public async Task<IReadOnlyList<Sent>> SendAsync(IReadOnlyList<ApiMessage> messages, Action<Task> atEnd)
    {
        metrics.MessagesIn.Add(messages.Count);
        var sent = new Sent[messages.Count];
        await Task.WhenAll(Enumerable.Range(0, messages.Count).GroupBy(index => (messages[index].To, messages[index].Room, messages[index].IsLive)).Select(async one =>
        {
            await _turns.WaitAsync(CancellationToken.None);
            try
            {
                await SendAsync(messages, [.. one], sent, atEnd);
            }
            finally
            {
                _turns.Release();
            }
        }));
        return sent;
    }

    public void Dispose() => _turns.Dispose();

    /// <param name="indexes">The messages to one recipient.</param>
    private async Task SendAsync(IReadOnlyList<ApiMessage> messages, List<int> indexes, Sent[] sent, Action<Task> atEnd)
    {
        var hinted = MessageRouter.Routed;
        for (var begin = 0; begin < indexes.Count;)
        {
            var end = begin;
            for (var bytes = 0; end < indexes.Count && end - begin < Batch && (end == begin || bytes + messages[indexes[end]].Body.Length <= BatchBytes); end++)
            {
                bytes += messages[indexes[end]].Body.Length;
            }

            List<ApiMessage> batch = [.. indexes[begin..end].Select(index => messages[index])];
            IReadOnlyList<Sent> outcomes;
            if (batch[0].To is { } user)
            {
                (outcomes, hinted) = await SendAsync(user, batch, hinted);
            }
            else
            {
                outcomes = await SendAsync(batch[0].Room!.Value, batch);
            }

            for (var index = begin; index < end; index++)
            {
                sent[indexes[index]] = outcomes[index - begin];
            }

            begin = end;
            if (outcomes[^1].Refusal is { IsTemporary: true } refusal)
            {
                indexes[end..].ForEach(index => sent[index] = Sent.Not(refusal));
                break;
            }
        }

        atEnd(hinted);
    }

    private async Task<(IReadOnlyList<Sent> Outcomes, Task<bool> Hinted)> SendAsync(UserId user, List<ApiMessage> batch, Task<bool> hinted)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        List<Envelope> envelopes =
        [
            .. batch.Select(message => new Envelope(MessageId.New(time), message.From, user, message.Body, now)
            {
                ClientId = message.ClientId, ContentType = message.ContentType, TtlSeconds = message.TtlSeconds,
            }),
        ];
        var outcomes = new Dictionary<MessageId, Sent>();
        var carried = await router.CarryAsync(user, envelopes, hinted, Tell, CancellationToken.None);
        metrics.Delivered(carried.Delivery, envelopes.Count);
        foreach (var envelope in carried.Refused?.Envelopes ?? [])
        {
            outcomes[envelope.Id] = Sent.Not(ApiRefusal.Of(carried.Refused!.Error));
        }

        return ([.. envelopes.Select(envelope => outcomes[envelope.Id])], carried.Hinted ?? hinted);

        void Tell(Envelope envelope, Outcome outcome) => outcomes[envelope.Id] = outcome.Placed is { } placed
            ? new Sent(placed.Id, placed.Seq, placed.At, placed.IsDuplicate, null)
            : Sent.Not(ApiRefusal.Of(outcome.Error!.Value));
    }

    private async Task<IReadOnlyList<Sent>> SendAsync(RoomId room, List<ApiMessage> batch)
    {
        var outcomes = new List<TaskCompletionSource<Sent>>(batch.Count);
        var outgoing = new Outgoing[batch.Count];
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var (index, message) in batch.Index())
        {
            var id = MessageId.New(time);
            var outcome = new TaskCompletionSource<Sent>(TaskCreationOptions.RunContinuationsAsynchronously);
            outcomes.Add(outcome);
            outgoing[index] = new OutgoingMessage(
                room,
                new RoomMessage(id, message.From, DeviceId.Plain, message.Body, message.ClientId) { SentAt = now, ContentType = message.ContentType, TtlSeconds = message.TtlSeconds },
                (_, placement) => outcome.TrySetResult(message.IsLive ? new Sent(id, 0, now, IsDuplicate: false, Refusal: null) : ToSent(placement)));
        }

        outbox.Send(outgoing);
        return await Task.WhenAll(outcomes.Select(outcome => outcome.Task));
    }

    private static Sent ToSent(LogPlacement? placement) => placement switch
    {
        null => Sent.Not(ApiRefusal.Of(ErrorCode.Unavailable)),
        { Outcome: LogOutcome.IdReused } => Sent.Not(ApiRefusal.Of(ErrorCode.IdReused)),
        { } placed => new Sent(placed.Id, placed.Rseq, placed.StoredAt, placed.Outcome is LogOutcome.Duplicate or LogOutcome.Gone, null),
    };
}
