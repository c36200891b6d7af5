// The smallest relay with frames directly on Kestrel's pipes: no HTTP, no WebSocket class. What the platform can do at most.
using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;

namespace DistributedSockets.Benchmarks.Peers;

internal static partial class PipeRelay
{
    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static readonly ConcurrentDictionary<string, User> Users = new();

    public static void Listen(WebApplicationBuilder builder, int port) =>
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen => listen.Run(HandleAsync)));

    private static async Task HandleAsync(ConnectionContext connection)
    {
        var pipe = connection.Transport;
        if (await UpgradeAsync(pipe) is not { } name)
        {
            return;
        }

        using var user = new User(pipe.Output);
        Users[name] = user;
        var from = Encoding.UTF8.GetBytes(name);
        try
        {
            while (true)
            {
                var read = await pipe.Input.ReadAsync();
                pipe.Input.AdvanceTo(await RelayAsync(from, read.Buffer), read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException)
        {
            // Gone without a goodbye.
        }
        finally
        {
            Users.TryRemove(name, out _);
        }
    }

    /// <summary>Relays all whole frames and says where the rest begins. One flush for what follows each other to the same recipient.</summary>
    private static async ValueTask<SequencePosition> RelayAsync(byte[] from, ReadOnlySequence<byte> bytes)
    {
        User? current = null;
        while (TryTake(ref bytes, from, ref current, out var next))
        {
            if (next is not null)
            {
                if (current is not null)
                {
                    await current.FlushAsync();
                }

                current = next;
                await current.BeginAsync();
            }
        }

        if (current is not null)
        {
            await current.FlushAsync();
        }

        return bytes.Start;
    }

    /// <summary>Handles the next frame, unless it is for somebody whose turn has to be waited for, who is then <paramref name="next"/>; false when there is no whole frame.</summary>
    private static bool TryTake(ref ReadOnlySequence<byte> bytes, byte[] from, ref User? current, out User? next)
    {
        next = null;
        Span<byte> head = stackalloc byte[8];
        if (bytes.Length < 8)
        {
            return false;
        }

        bytes.Slice(0, 8).CopyTo(head);
        var isLong = (head[1] & 0x7F) == 126;
        var start = isLong ? 8 : 6;
        var length = isLong ? (head[2] << 8) | head[3] : head[1] & 0x7F;
        if (bytes.Length < start + length)
        {
            return false;
        }

        if ((head[0] & 0x0F) == 1)
        {
            Span<byte> payload = stackalloc byte[length];
            bytes.Slice(start, length).CopyTo(payload);
            Unmask(payload, head.Slice(start - 4, 4));
            var message = PlainMessage.Parse(payload);
            if (message.TryFind(Users, out var user))
            {
                if (current is null && user!.TryBegin())
                {
                    current = user;
                }
                else if (user != current)
                {
                    next = user;
                    return true;
                }

                current!.Write(message, from);
            }
        }

        bytes = bytes.Slice(start + length);
        return true;
    }

    private static void Unmask(Span<byte> payload, ReadOnlySpan<byte> key)
    {
        var word = BitConverter.ToUInt32(key) * 0x1_0000_0001UL;
        var words = MemoryMarshal.Cast<byte, ulong>(payload);
        foreach (ref var one in words)
        {
            one ^= word;
        }

        for (var i = words.Length * sizeof(ulong); i < payload.Length; i++)
        {
            payload[i] ^= key[i & 3];
        }
    }

    private static async Task<string?> UpgradeAsync(IDuplexPipe pipe)
    {
        while (true)
        {
            var read = await pipe.Input.ReadAsync();
            var text = Encoding.ASCII.GetString(read.Buffer);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                pipe.Input.AdvanceTo(read.Buffer.GetPosition(end + 4));
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1, and keeps no secret with it.
                var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(KeyHeader().Match(text).Groups[1].Value + AcceptSuffix)));
#pragma warning restore CA5350
                await pipe.Output.WriteAsync(Encoding.ASCII.GetBytes(
                    $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"));
                return UserQuery().Match(text).Groups[1].Value;
            }

            pipe.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    [GeneratedRegex(@"Sec-WebSocket-Key: (\S+)\r", RegexOptions.IgnoreCase)]
    private static partial Regex KeyHeader();

    [GeneratedRegex(@"^GET /ws\?user_id=(\S+) ")]
    private static partial Regex UserQuery();

    private sealed class User(PipeWriter output) : IDisposable
    {
        // A pipe takes one writer at a time.
        private readonly SemaphoreSlim _turn = new(1);

        public void Dispose() => _turn.Dispose();

        public bool TryBegin() => _turn.Wait(0);

        public Task BeginAsync() => _turn.WaitAsync();

        public void Write(PlainMessage message, ReadOnlySpan<byte> from)
        {
            var length = message.LengthFrom(from);
            var head = output.GetSpan(4);
            head[0] = 0x81;
            head[1] = length < 126 ? (byte)length : (byte)126;
            head[2] = (byte)(length >> 8);
            head[3] = (byte)length;
            output.Advance(length < 126 ? 2 : 4);
            message.Write(output, from);
        }

        public async ValueTask FlushAsync()
        {
            try
            {
                await output.FlushAsync();
            }
            finally
            {
                _turn.Release();
            }
        }
    }
}
