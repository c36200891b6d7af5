// Says in words for people why a node could not be spoken to.
using System.Net.Sockets;

namespace DistributedSockets.Web.Cluster;

/// <summary>Says in words for people why a node could not be spoken to, and what to look at.</summary>
internal static class NodeTrouble
{
    public static string DidNotAnswer(NodeAddress node, Exception exception) =>
        $"{node.Name} did not answer: {Cause(exception)} ({node.Url.Authority}). Is it running?";

    // The outer exceptions say that something failed; only the innermost says what.
    private static string Cause(Exception exception) => exception.GetBaseException() switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "connection refused",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain } => "its host name is not known",
        OperationCanceledException or TimeoutException => "no answer in time",
        var cause => char.ToLowerInvariant(cause.Message[0]) + cause.Message[1..].TrimEnd('.'),
    };
}
