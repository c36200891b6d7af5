// The HTTP request that turns a connection into a WebSocket, and its answer.
using System.Text;

namespace DistributedSockets.Benchmarks.Load.Sockets;

internal static class Upgrade
{
    private const int LongestAnswer = 8192;

    public static byte[] Request(Link link)
    {
        var subprotocol = link.Dialect.Subprotocol is { } name ? $"Sec-WebSocket-Protocol: {name}\r\n" : "";
        return Encoding.ASCII.GetBytes(
            $"GET {link.Dialect.Path(link.User, link.Room)} HTTP/1.1\r\nHost: 127.0.0.1:{link.Port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{subprotocol}\r\n");
    }

    /// <summary>0 while the answer is not whole.</summary>
    public static int AnswerLength(ReadOnlySpan<byte> bytes, string user)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (bytes.Length >= 12 && !bytes[..12].SequenceEqual("HTTP/1.1 101"u8))
        {
            throw new LoadException($"The upgrade of '{user}' was refused: {Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 300)])}");
        }

        return end >= 0 ? end + 4
            : bytes.Length < LongestAnswer ? 0
            : throw new LoadException("The answer to the upgrade has no end.");
    }
}
