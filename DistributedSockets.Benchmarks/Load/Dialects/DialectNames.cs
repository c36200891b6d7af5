// Dialects by the names that an order to the generator uses.
namespace DistributedSockets.Benchmarks.Load.Dialects;

internal static class DialectNames
{
    public const string Plain = "plain";
    public const string Ds = "ds.v1.json";
    public const string DsRoom = "ds.v1.json room";
    public const string DsRoomStored = "ds.v1.json room, stored";
    public const string SignalR = "signalr";
    public const string SocketIo = "socket.io";

    public static Dialect Create(string name) => name switch
    {
        Plain => new PlainDialect(),
        Ds => new DsDialect(),
        DsRoom => new DsRoomDialect(isStored: false),
        DsRoomStored => new DsRoomDialect(isStored: true),
        SignalR => new SignalRDialect(),
        SocketIo => new SocketIoDialect(),
        _ => throw new LoadException($"There is no dialect '{name}'."),
    };
}
