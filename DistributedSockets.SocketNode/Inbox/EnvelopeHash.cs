// What tells a message that is sent again from another one.
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>What tells a message that is sent again from another one: hashes, so that what is remembered for a day is short.</summary>
internal static class EnvelopeHash
{
    /// <summary>128 bits over the sender and the sender's own id, in hexadecimal. No sender's name contains a control character.</summary>
    public static string OfId(Envelope envelope) =>
        Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes($"{envelope.From.Value}\0{envelope.ClientId}")));

    /// <summary>64 bits over the body, in hexadecimal.</summary>
    public static string OfBody(Envelope envelope) => Convert.ToHexStringLower(XxHash3.Hash(envelope.Body.Span));

    /// <summary>256 bits over a resume token, in hexadecimal: who reads the store can't show it.</summary>
    public static string OfToken(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
