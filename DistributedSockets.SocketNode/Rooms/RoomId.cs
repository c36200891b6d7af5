// The name of a room.
using System.Diagnostics.CodeAnalysis;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>A room. Opaque, by the rules of user names: 1 to 128 Unicode scalar values, no control characters, no white space at the ends.</summary>
internal readonly record struct RoomId(string Value)
{
    /// <summary>The room that every ds.v1 connection is in, without being a member.</summary>
    public static readonly RoomId Everyone = new("ds.all");

    public static bool TryParse(string? value, out RoomId room, [NotNullWhen(false)] out string? problem)
    {
        problem = IdRules.Problem(value, "room");
        room = problem is null ? new RoomId(value!) : default;
        return problem is null;
    }

    /// <summary>Whether it is one of the system's rooms, by its name.</summary>
    public bool IsReserved => Value.StartsWith("ds.", StringComparison.Ordinal);

    /// <summary>For logs and traces: what could forge or turn around a line is escaped.</summary>
    public override string ToString() => IdRules.Printable(Value);
}
