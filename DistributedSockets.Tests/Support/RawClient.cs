// A WebSocket client that sends any bytes it is told to, and sees every frame and how the connection ends.
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using DistributedSockets.Protocol;

namespace DistributedSockets.Tests.Support;

/// <summary>A frame as the node has sent it.</summary>
internal sealed record RawFrame(Opcode Opcode, byte[] Payload)
{
    public string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>Of a close frame: its code; 0 for none.</summary>
    public int Code => Payload.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(Payload);
}

/// <summary>A WebSocket client without a WebSocket library: it answers nothing by itself.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;

    private RawClient(TcpClient tcp, string answer)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
        Answer = answer;
    }

    /// <summary>The head of the node's answer to the handshake.</summary>
    public string Answer { get; }

    /// <param name="behind">Sent in one piece with the handshake.</param>
    public static async Task<RawClient> ConnectAsync(Uri node, string user, string? subprotocol = null, string headers = "", params byte[][] behind)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(node.Host, node.Port, TestContext.Current.CancellationToken);
        var protocol = subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n";
        var handshake = $"GET /ws?user_id={user} HTTP/1.1\r\nHost: {node.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
            $"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}{headers}\r\n";
        await tcp.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(handshake), .. behind.SelectMany(frame => frame)], TestContext.Current.CancellationToken);

        var answer = new StringBuilder();
        var next = new byte[1];
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await tcp.GetStream().ReadExactlyAsync(next, TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience);
            answer.Append((char)next[0]);
        }

        Assert.StartsWith("HTTP/1.1 101 ", answer.ToString(), StringComparison.Ordinal);
        return new RawClient(tcp, answer.ToString());
    }

    /// <summary>Sends all of it at once.</summary>
    public Task SendAsync(params byte[][] frames) =>
        _stream.WriteAsync((byte[])[.. frames.SelectMany(frame => frame)], TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience);

    /// <summary>The next frame, which must be one that a node may send: whole, unmasked, no reserved bit.</summary>
    public async Task<RawFrame> NextAsync()
    {
        var head = await TakeAsync(2);
        Assert.Equal(0x80, head[0] & 0xF0);
        Assert.Equal(0, head[1] & 0x80);
        var length = head[1] switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await TakeAsync(2)),
            127 => (int)BinaryPrimitives.ReadInt64BigEndian(await TakeAsync(8)),
            var small => small,
        };
        return new RawFrame((Opcode)(head[0] & 0x0F), await TakeAsync(length));
    }

    public async Task<RawFrame> NextAsync(Opcode opcode)
    {
        var frame = await NextAsync();
        Assert.True(frame.Opcode == opcode, $"{opcode} was due, and it is {frame.Opcode} {frame.Code} {frame.Text}");
        return frame;
    }

    /// <summary>The close frame's code, once all before it is read.</summary>
    public async Task<int> WhenClosedAsync()
    {
        RawFrame frame;
        do
        {
            frame = await NextAsync();
        }
        while (frame.Opcode != Opcode.Close);
        return frame.Code;
    }

    /// <summary>True: the node has ended the connection in order. False: it was reset. Frames before the end are passed over.</summary>
    public async Task<bool> WhenEndedAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience) > 0)
            {
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Sends nothing more, and can still read.</summary>
    public void EndSending() => _tcp.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Tears the connection down.</summary>
    public void Reset()
    {
        _tcp.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        _tcp.Close();
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<byte[]> TakeAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience);
        return bytes;
    }
}
