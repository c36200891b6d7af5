// The activity source of this system's own spans: a message's journey from the receiving socket to the sending one, over both nodes.
using System.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Diagnostics;

/// <summary>
/// A message's journey in spans: receive, route, (ask Redis), (publish, by the bus), deliver. Ids of users and the sizes of bodies are in them, never a body. Nothing is
/// created when nobody listens.
/// </summary>
internal static class NodeTracing
{
    public const string SourceName = Extensions.TelemetryName;

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>A message was read from a socket. Each begins a trace: a connection lives too long to be one.</summary>
    public static Activity? StartReceive(Session session)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // A root even below whatever the read loop runs in: the upgrade request ends with the connection.
        Activity.Current = null;
        return Source.StartActivity("ws receive", ActivityKind.Server)?
            .SetTag("ds.user", session.User.ToString())
            .SetTag("ds.connection", session.Connection.Value)
            .SetTag("ds.node", session.Node.ToString());
    }

    /// <summary>The envelope, as a part of the trace that <paramref name="receive"/> began; as it is when it began none.</summary>
    public static Envelope Follow(this Envelope envelope, Activity? receive)
    {
        if (receive is null)
        {
            return envelope;
        }

        receive.SetTag("messaging.message.id", envelope.Id.Value).SetTag("messaging.message.body.size", envelope.Body.Length);
        return envelope with { Trace = receive.Context };
    }

    /// <summary>Messages to one recipient look for their way. The first one is the parent, the others are linked.</summary>
    public static Activity? StartRoute(IReadOnlyList<Envelope> batch)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var links = batch.Count == 1 ? null : batch.Skip(1).Where(envelope => envelope.Trace != default).Select(envelope => new ActivityLink(envelope.Trace));
        var activity = Source.StartActivity("route", ActivityKind.Internal, batch[0].Trace, links: links);
        activity?.SetTag("messaging.batch.message_count", batch.Count);
        return activity;
    }

    /// <summary>The way of a message asks Redis. What loops ask on their own is not traced.</summary>
    public static Activity? StartRedis(string verb)
    {
        if (Activity.Current is not { } parent || !Source.HasListeners())
        {
            return null;
        }

        var name = verb.EndsWith("Async", StringComparison.Ordinal) ? verb[..^5] : verb;
        var activity = Source.StartActivity($"redis {name}", ActivityKind.Client, parent.Context);
        activity?.SetTag("db.system.name", "redis").SetTag("db.operation.name", name);
        return activity;
    }

    /// <summary>A message is written to a socket.</summary>
    public static Activity? StartDeliver(Envelope envelope, Session session)
    {
        if (envelope.Trace == default || !Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity("ws deliver", ActivityKind.Consumer, envelope.Trace);
        activity?.SetTag("ds.user", session.User.ToString())
            .SetTag("ds.connection", session.Connection.Value)
            .SetTag("ds.node", session.Node.ToString())
            .SetTag("messaging.message.id", envelope.Id.Value);
        return activity;
    }
}
