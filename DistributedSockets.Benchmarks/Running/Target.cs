// What is compared: a stack, spoken to in one dialect.
using DistributedSockets.Benchmarks.Load.Dialects;

namespace DistributedSockets.Benchmarks.Running;

/// <param name="IsCluster">Whether it has two nodes, so that a message can go between them.</param>
internal sealed record Target(string Name, string Title, string Stack, string Dialect, bool IsCluster)
{
    public static readonly Target Fast = new("fast", "**DistributedSockets**, fast", Stacks.Ours, DialectNames.Plain, true) { RoomDialect = DialectNames.DsRoom };
    public static readonly Target Reliable = new("reliable", "**DistributedSockets**, reliable", Stacks.Ours, DialectNames.Ds, true) { RoomDialect = DialectNames.DsRoomStored };
    public static readonly Target SignalRRedis = new("signalr-redis", "SignalR + Redis", Stacks.SignalRRedis, DialectNames.SignalR, true);
    public static readonly Target SocketIoPubSub = new("socketio-pubsub", "Socket.IO + Redis (pub/sub)", Stacks.SocketIoPubSub, DialectNames.SocketIo, true);
    public static readonly Target SocketIoStreams = new("socketio-streams", "Socket.IO + Redis (streams)", Stacks.SocketIoStreams, DialectNames.SocketIo, true);
    public static readonly Target SignalR = new("signalr", "SignalR alone", Stacks.SignalR, DialectNames.SignalR, false);
    public static readonly Target RelayWebSocket = new("relay-websocket", "bare relay, ASP.NET's WebSocket API", Stacks.RelayWebSocket, DialectNames.Plain, false);
    public static readonly Target RelayPipes = new("relay-pipes", "bare relay, frames on Kestrel's pipes", Stacks.RelayPipes, DialectNames.Plain, false);

    public static readonly IReadOnlyList<Target> All = [Fast, Reliable, SignalRRedis, SocketIoPubSub, SocketIoStreams, SignalR, RelayWebSocket, RelayPipes];

    /// <summary>What is spoken in rooms, where it is something else: plain connections are in none.</summary>
    public string RoomDialect { get; init; } = Dialect;

    /// <summary>The ones that the targets are measured against: they do the same work over several nodes.</summary>
    public static readonly IReadOnlyList<Target> Peers = [SignalRRedis, SocketIoPubSub];
}
