// A peer's process: one of the small applications that ours is measured beside.
using System.Globalization;
using DistributedSockets.Benchmarks.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Benchmarks.Peers;

internal static class Peer
{
    public static async Task RunAsync(string name, string port, string? redis)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var number = int.Parse(port, CultureInfo.InvariantCulture);
        if (name == Stacks.RelayPipes)
        {
            PipeRelay.Listen(builder, number);
        }
        else
        {
            builder.WebHost.UseUrls($"http://127.0.0.1:{number}");
        }

        await using var app = name switch
        {
            Stacks.RelayPipes => builder.Build(),
            Stacks.RelayWebSocket => WebSocketRelay.Build(builder),
            Stacks.SignalR or Stacks.SignalRRedis => SignalRPeer.Build(builder, redis),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such peer."),
        };
        await app.RunAsync();
    }
}
