// The smallest relay on ASP.NET's WebSocket API: the plain profile within one process, and nothing else.
using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace DistributedSockets.Benchmarks.Peers;

internal static class WebSocketRelay
{
    private static readonly ConcurrentDictionary<string, User> Users = new();

    public static WebApplication Build(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.UseWebSockets();
        app.Map("/ws", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(HttpContext context)
    {
        var name = context.Request.Query["user_id"].ToString();
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var user = new User(socket);
        Users[name] = user;
        var from = Encoding.UTF8.GetBytes(name);
        var output = new ArrayBufferWriter<byte>(1024);
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: WebSocketMessageType.Text } frame)
            {
                if (Find(buffer.AsSpan(0, frame.Count), from, output) is { } recipient)
                {
                    await recipient.SendAsync(output.WrittenMemory);
                }
            }
        }
        catch (WebSocketException)
        {
            // Gone without a goodbye.
        }
        finally
        {
            Users.TryRemove(name, out _);
        }
    }

    private static User? Find(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> from, ArrayBufferWriter<byte> output)
    {
        var message = PlainMessage.Parse(frame);
        output.ResetWrittenCount();
        message.Write(output, from);
        return message.TryFind(Users, out var user) ? user : null;
    }

    private sealed class User(WebSocket socket) : IDisposable
    {
        // A WebSocket takes one message at a time.
        private readonly SemaphoreSlim _turn = new(1);

        public void Dispose() => _turn.Dispose();

        public async ValueTask SendAsync(ReadOnlyMemory<byte> message)
        {
            await _turn.WaitAsync();
            try
            {
                await socket.SendAsync(message, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
            }
            finally
            {
                _turn.Release();
            }
        }
    }
}
