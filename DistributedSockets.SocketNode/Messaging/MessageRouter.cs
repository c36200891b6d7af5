// The heart: here, another node, or the inbox. How messages are stored: MessageRouter.Storing.cs; how they are changed: MessageRouter.Changing.cs.
using System.Diagnostics;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>What became of a batch.</summary>
/// <param name="Delivery">The path that it took.</param>
/// <param name="Hinted">Set when something was stored: completes when other nodes have its hints, with false when one may not; never fails.</param>
/// <param name="Refused">What of it, up to its end, was refused, and why; null when nothing was.</param>
internal readonly record struct Carried(Delivery Delivery, Task<bool>? Hinted = null, RefusedMessages? Refused = null);

/// <summary>Messages that were refused. Their lane tells the sender, once nothing can come behind them any more.</summary>
internal sealed record RefusedMessages(ErrorCode Error, IReadOnlyList<Envelope> Envelopes);

/// <summary>Decides for every message: here, another node, or the inbox.</summary>
internal sealed partial class MessageRouter(
    ConnectionTable table, Locations locations, INodeBus bus, IInbox inbox, Conversations conversations, ReceiptCourier courier, CopyRounds copies, HintPublisher publisher, StoreTurns turns, HopReporter hops, Failpoints failpoints,
    NodeStatus status, NodeMetrics metrics, ILogger<MessageRouter> logger)
{
    /// <summary>Two stale registries could bounce a message for ever; the inbox is the way out.</summary>
    public const int MaxHops = 3;

    /// <summary>Nothing stored before is still to be hinted.</summary>
    public static readonly Task<bool> Routed = Task.FromResult(true);

    /// <summary>Who may store messages now.</summary>
    public StoreTurns Turns => turns;

    /// <summary>
    /// Takes a fast message that nothing follows on its usual ways: to a user who is only here, or at the one other node that is remembered. It needs neither Redis nor an
    /// object, and nothing waits. False: not taken, it has to be routed as an envelope.
    /// </summary>
    public bool TryRoute(in FastMessage message, Recipient recipient, Lanes lanes)
    {
        if (table.Find(message.To) is { } user)
        {
            return recipient.IsSettled && TryDeliver(user, message, lanes);
        }

        return status.IsFresh && locations.TryRecall(message.To, out var node) && node != status.Self && status.Nodes.Counts(node) && bus.TryPost(node, message, recipient);
    }

    /// <summary>Takes a message from a connection of this node; completes when the next one may follow.</summary>
    /// <param name="recipient">The recipient as the connection knows them.</param>
    public ValueTask RouteAsync(Envelope envelope, Recipient recipient, Lanes lanes, CancellationToken cancellationToken)
    {
        // A fast one for a user who is only here needs neither Redis nor RabbitMQ, and does not wait.
        if (!envelope.IsReliable && status.IsFresh && recipient.IsSettled && lanes.IsIdle(envelope.To)
            && table.Find(envelope.To) is { Elsewhere.IsEmpty: true, IsCongested: false } user && TryDeliver(user, envelope))
        {
            metrics.Delivered(Delivery.Local, 1);
            return ValueTask.CompletedTask;
        }

        return lanes.EnqueueAsync(envelope, recipient, cancellationToken);
    }

    /// <summary>Takes a fast message that another node has sent here, if it can be handed over at once. False: it has to be accepted as an envelope.</summary>
    public bool TryAccept(in FastMessage message, Lanes lanes)
    {
        if (table.Find(message.To) is not { } user || !TryDeliver(user, message, lanes))
        {
            return false;
        }

        metrics.Arrived(hops: 0);
        return true;
    }

    /// <summary>Takes a message that another node has sent here. What can't be handed over at once goes on through <paramref name="lanes"/>.</summary>
    public async ValueTask AcceptAsync(Envelope envelope, Lanes lanes, CancellationToken cancellationToken)
    {
        await status.WhenFreshAsync(cancellationToken);
        metrics.Arrived(envelope.Hops);
        hops.Report(envelope, HopReporter.Arrived);
        var user = table.Find(envelope.To);
        if (user is not null && MayDeliver(user, envelope, lanes) && TryDeliver(user, envelope))
        {
            metrics.Delivered(Delivery.Local, 1);
        }
        else if (envelope.IsHint || envelope.IsOneOfSeveral)
        {
            // A hint's message is stored, a copy's message went to other places too: to pass this one on could only double it.
            metrics.Delivered(Delivery.Dropped, 1);
        }
        else
        {
            await lanes.EnqueueAsync(user is null ? envelope with { Hops = envelope.Hops + 1 } : envelope, recipient: null, cancellationToken);
        }
    }

    /// <summary>
    /// Carries messages of one delivery class to one recipient to an outcome; an edit or a deletion alone. <paramref name="tell"/> hears of what was stored; what was refused is returned. Every step
    /// has a time limit; nothing is thrown.
    /// </summary>
    /// <param name="hinted">
    /// The hints of what this lane stored before. What is stored now is hinted behind them; what is not waits for them, and stays behind them in the inbox if they may
    /// not have arrived.
    /// </param>
    public async Task<Carried> CarryAsync(
        UserId recipient, IReadOnlyList<Envelope> batch, Task<bool> hinted, Action<Envelope, Outcome> tell, CancellationToken cancellationToken)
    {
        using var activity = NodeTracing.StartRoute(batch);
        try
        {
            await status.WhenFreshAsync(cancellationToken);
            if (table.Find(recipient) is { IsCongested: true } congested)
            {
                await congested.WhenRoomAsync();
            }

            if (batch[0].IsChange)
            {
                return await ChangeAsync(recipient, batch[0], hinted, tell, cancellationToken);
            }

            return batch[0].IsReliable || !await hinted
                ? await StoreAsync(recipient, batch, hinted, tell, cancellationToken)
                : await FindAsync(recipient, batch, tell, cancellationToken);
        }
        catch (Exception exception)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            if (exception is RegistryUnavailableException or InboxUnavailableException)
            {
                LogUnavailable(exception, batch.Count, status.Self);
            }
            else
            {
                // A defect. The lane must go on, and the sender must be told.
                LogBroken(exception, batch.Count, status.Self);
            }

            return new Carried(Delivery.Failed, Refused: new RefusedMessages(ErrorCode.Unavailable, batch));
        }
    }

    /// <summary>
    /// Whether an accepted message may go past the lane. A hint may: what it belongs to lies in the inbox. One copy of several must: in the lane it would be sent to the
    /// other places again. All else waits there for earlier ones, and for a congested connection, and goes from there to the user's other nodes, of which the sender
    /// did not know.
    /// </summary>
    private static bool MayDeliver(LocalUser user, Envelope envelope, Lanes lanes) =>
        envelope.IsHint || envelope.IsOneOfSeveral || (user is { Elsewhere.IsEmpty: true, IsCongested: false } && lanes.IsIdle(envelope.To));

    private async Task<Carried> FindAsync(UserId recipient, IReadOnlyList<Envelope> batch, Action<Envelope, Outcome> tell, CancellationToken cancellationToken)
    {
        var returned = new HashSet<NodeIncarnation>();
        for (var hop = batch.Max(envelope => envelope.Hops); hop < MaxHops; hop++)
        {
            var user = table.Find(recipient);
            var nodes = await LocateAsync(recipient, user, returned, mayBeOld: hop == 0, cancellationToken);
            var taken = user is null ? 0 : DeliverHere(user, batch);
            if (nodes.Count == 0)
            {
                return taken == batch.Count
                    ? new Carried(Delivery.Local)
                    : await StoreAsync(recipient, [.. batch.Skip(taken)], Routed, tell, cancellationToken);
            }

            var copies = Copies(batch, hop, isOneOfSeveral: nodes.Count > 1 || taken > 0);
            var outcomes = await Task.WhenAll(nodes.Select(node => bus.PublishAsync(node, copies, cancellationToken)));
            if (outcomes.Contains(PublishOutcome.Routed))
            {
                return new Carried(Delivery.Remote);
            }

            if (taken == batch.Count)
            {
                // A returned copy is looked after only when no device took the message.
                return new Carried(Delivery.Local);
            }

            if (outcomes.Contains(PublishOutcome.Unknown))
            {
                LogUnknown(batch.Count, status.Self);
                return new Carried(Delivery.Unknown);
            }

            // Returned by the broker: they have moved or their node is dead. Look again, without the nodes that are certainly wrong.
            metrics.Rerouted.Add(batch.Count);
            returned.UnionWith(nodes);
            batch = [.. batch.Skip(taken)];
        }

        return await StoreAsync(recipient, batch, Routed, tell, cancellationToken);
    }

    /// <summary>The other nodes that hold the user: from memory when the user is here too, else from the registry.</summary>
    private async ValueTask<List<NodeIncarnation>> LocateAsync(
        UserId recipient, LocalUser? user, HashSet<NodeIncarnation> returned, bool mayBeOld, CancellationToken cancellationToken)
    {
        IEnumerable<NodeIncarnation> nodes = user is not null
            ? user.Elsewhere
            : mayBeOld ? await locations.FindAsync(recipient, cancellationToken)
            : await locations.LookUpAsync(recipient, cancellationToken);

        // A session here without a connection in the table is just being opened or closed: the inbox serves it.
        return [.. nodes.Where(node => node != status.Self && !returned.Contains(node) && status.Nodes.Counts(node)).Distinct()];
    }

    /// <summary>How many of the batch, from its beginning, a connection here has taken. After the first that none takes, the rest has to stay behind it.</summary>
    private static int DeliverHere(LocalUser user, IReadOnlyList<Envelope> batch)
    {
        var taken = 0;
        while (taken < batch.Count && TryDeliver(user, batch[taken]))
        {
            taken++;
        }

        return taken;
    }

    /// <summary>Hands a fast message over, if the user is only here, all their connections are live and nothing earlier is still on its way to them.</summary>
    private bool TryDeliver(LocalUser user, in FastMessage message, Lanes lanes)
    {
        if (user is not { Elsewhere.IsEmpty: true, IsLive: true, IsCongested: false } || !status.IsFresh || !lanes.IsIdle(message.To))
        {
            return false;
        }

        var taken = false;
        foreach (var connection in user.Connections)
        {
            taken |= connection.TryDeliver(message);
        }

        if (taken)
        {
            metrics.Delivered(Delivery.Local, 1);
        }

        return taken;
    }

    /// <summary>Offers a message to every connection of the user here; true if one took it.</summary>
    private static bool TryDeliver(LocalUser user, Envelope envelope)
    {
        var taken = false;
        foreach (var connection in user.Connections)
        {
            taken |= connection.TryDeliver(envelope);
        }

        return taken;
    }

    private static IReadOnlyList<Envelope> Copies(IReadOnlyList<Envelope> batch, int hop, bool isOneOfSeveral) =>
        hop == 0 && !isOneOfSeveral ? batch : [.. batch.Select(envelope => envelope with { Hops = hop, IsOneOfSeveral = isOneOfSeveral })];

    [LoggerMessage(2001, LogLevel.Warning, "{Count} messages could be neither delivered nor stored by {Node}")]
    private partial void LogUnavailable(Exception exception, int count, NodeIncarnation node);

    [LoggerMessage(2002, LogLevel.Warning, "{Count} messages were published by {Node} with an unknown outcome; fast messages are not tried twice")]
    private partial void LogUnknown(int count, NodeIncarnation node);

    [LoggerMessage(2004, LogLevel.Error, "{Count} messages were lost in a defect of {Node}")]
    private partial void LogBroken(Exception exception, int count, NodeIncarnation node);
}
