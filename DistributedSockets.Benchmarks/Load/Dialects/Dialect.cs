// What a target speaks: how a connection begins, how a message is written, and what is in the frames that come.
using System.Text;
using DistributedSockets.Benchmarks.Load.Sockets;

namespace DistributedSockets.Benchmarks.Load.Dialects;

internal abstract class Dialect
{
    public virtual string? Subprotocol => null;

    /// <summary>Whether something is said after the upgrade and before the first message.</summary>
    public virtual bool IsGreeted => false;

    /// <summary>Whether the sender is told that the target answers for a message, and later what became of it.</summary>
    public virtual bool IsReliable => false;

    /// <summary>Whether one message can go to a room.</summary>
    public virtual bool HasRooms => false;

    /// <summary>Whether only members write to a room.</summary>
    public virtual bool SenderJoins => false;

    public abstract string Path(string user, string? room);

    /// <summary>What the client says first; null where the server does, or nobody.</summary>
    public virtual string? Hello(Link link) => null;

    /// <summary>A frame of the greeting; true when it was the last one.</summary>
    public virtual bool Greet(Link link, ReadOnlySpan<byte> payload, LinkSet links) => true;

    /// <summary>A message, with <see cref="Template.Body"/> in the place of its body.</summary>
    public abstract string Message(string from, string to);

    /// <summary>The message that a connection sends to itself.</summary>
    public virtual string Probe(string user) => Message(user, user);

    public virtual string RoomMessage(string room) => throw new NotSupportedException();

    /// <summary>A frame of a connection that is ready: every mark in it is a message.</summary>
    public virtual void Read(Link link, ReadOnlySpan<byte> payload, ILinkListener listener, LinkSet links)
    {
        var found = false;
        for (var at = payload.IndexOf(Mark.Head); at >= 0; at = payload.IndexOf(Mark.Head))
        {
            found = true;
            listener.Arrived(link, Mark.Read(payload[at..]));
            payload = payload[(at + Mark.Length)..];
        }

        if (!found)
        {
            ReadOther(link, payload, links);
        }
    }

    /// <summary>After all frames of one read.</summary>
    public virtual void AfterRead(Link link, LinkSet links)
    {
    }

    /// <summary>Four times a second.</summary>
    public virtual void Tick(Link link, LinkSet links)
    {
    }

    protected virtual void ReadOther(Link link, ReadOnlySpan<byte> payload, LinkSet links) =>
        throw new LoadException($"'{link.User}' was sent what is no message: {Encoding.UTF8.GetString(payload)}");
}
