// Tells a sender who asked for it each hop of a message, on whichever node it happens.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>Tells a sender who asked for it (<c>trace:true</c>) each hop of a message, on whichever node it happens. Best effort; costs one look at a field when nobody asked.</summary>
internal sealed class HopReporter(ConnectionTable table, INodeBus bus, NodeStatus status, TimeProvider time)
{
    public const string Received = "received";
    public const string Stored = "stored";
    public const string Published = "published";
    public const string Arrived = "arrived";
    public const string Written = "written";
    public const string Acknowledged = "acknowledged";

    public void Report(Envelope envelope, string step)
    {
        if (envelope.HopListener is not { } listener)
        {
            return;
        }

        var hop = new TraceHop(time.GetUtcNow().ToUnixTimeMilliseconds(), status.Self.Node.Value, step, (long)listener.Step(time).TotalMicroseconds);
        if (listener.Node == status.Self)
        {
            Show(listener.User, listener.Connection, envelope.Id, hop);
        }
        else
        {
            bus.Tell(listener.Node, new Notice.Hop(status.Self, listener.User, listener.Connection, envelope.Id, hop.At, step, hop.Us));
        }
    }

    /// <summary>Another node tells of a hop of a message that was sent here.</summary>
    public void Hear(Notice.Hop hop) => Show(hop.User, hop.Connection, hop.Message, new TraceHop(hop.At, hop.From.Node.Value, hop.Step, hop.Us));

    private void Show(UserId user, ConnectionId connection, MessageId message, TraceHop hop) =>
        table.Find(user)?.Connections.FirstOrDefault(known => known.Session.Connection == connection)?.Send(new Push.HopReport(message, hop));
}
