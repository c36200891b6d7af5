// A request for a connection, until it is answered or accepted.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>A request for a connection, in whichever way its frames are to travel.</summary>
internal abstract class SocketRequest
{
    /// <summary>Not any more once the request is over, which may be as soon as it is accepted.</summary>
    public abstract HttpContext Context { get; }

    /// <summary>Why it is refused before anybody asks who it is, or null.</summary>
    /// <param name="user">The user that it names; null where a token may say it.</param>
    /// <param name="subprotocol">What is spoken; null for the plain profile.</param>
    public abstract Refusal? WhyRefused(UpgradeRules rules, out UserId? user, out string? subprotocol);

    public abstract Task<ClientSocket> AcceptAsync(string? subprotocol, int frameBytes);
}
