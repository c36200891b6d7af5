// What tells a message that is sent again from another one.
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>What tells a message that is sent again from another one: hashes, so that what is remembered for a day is short.</summary>
internal static class EnvelopeHash
{
    /// <summary>Bytes of a hash over an id.</summary>
    public const int IdBytes = 16;

    /// <summary>128 bits over the sender and the sender's own id. No sender's name contains a control character.</summary>
    public static byte[] OfId(UserId from, string clientId)
    {
        var hash = new byte[IdBytes];
        WriteId(from, clientId, hash);
        return hash;
    }

    /// <summary>The same, written where it belongs.</summary>
    public static void WriteId(UserId from, string clientId, Span<byte> hash)
    {
        // Both are short: see IdRules and the protocol's limits.
        Span<byte> names = stackalloc byte[Encoding.UTF8.GetMaxByteCount(from.Value.Length + 1 + clientId.Length)];
        var length = Encoding.UTF8.GetBytes(from.Value, names);
        names[length++] = 0;
        length += Encoding.UTF8.GetBytes(clientId, names[length..]);
        XxHash128.Hash(names[..length], hash);
    }

    public static byte[] OfId(Envelope envelope) => OfId(envelope.From, envelope.ClientId!);

    /// <summary>64 bits over the body; of an edit or a deletion also over what it is about.</summary>
    public static ulong OfBody(Envelope envelope) => envelope.IsChange
        ? RoomChange.HashOf(envelope.Of!.Value, envelope.Kind == EnvelopeKind.Delete, envelope.Body.Span)
        : XxHash3.HashToUInt64(envelope.Body.Span);

    /// <summary>256 bits over a resume token, in hexadecimal: who reads the store can't show it.</summary>
    public static string OfToken(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
