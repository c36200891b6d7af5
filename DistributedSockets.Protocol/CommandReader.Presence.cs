// What a presence command holds.
namespace DistributedSockets.Protocol;

public ref partial struct CommandReader
{
    /// <summary>Users that one command may name.</summary>
    public const int MaxUsers = 1000;

    private static readonly byte[][] Ops = ["get"u8.ToArray(), "sub"u8.ToArray(), "unsub"u8.ToArray(), "set"u8.ToArray()];

    private void TakePresence(ref CommandFields fields)
    {
        Id = fields.Id();
        var op = fields.Require(CommandField.Op) ? fields.IndexIn(CommandField.Op, Ops) : -1;
        if (op < 0)
        {
            fields.Problem ??= "'op' must be get, sub, unsub or set";
            return;
        }

        var frame = new PresenceFrame((PresenceOp)op, Id);
        Presence = frame.Op switch
        {
            PresenceOp.Set => frame with { Status = fields.RequiredJson(CommandField.Status).ToArray() },
            _ when fields.Has(CommandField.Room) => frame with { Room = TakeWatchedRoom(ref fields) },
            PresenceOp.Unsub => frame with { Users = fields.Names(CommandField.Users, MaxUsers) },
            _ => frame with { Users = fields.Require(CommandField.Users) ? fields.Names(CommandField.Users, MaxUsers) : null },
        };
    }

    private readonly string? TakeWatchedRoom(ref CommandFields fields)
    {
        if (fields.Has(CommandField.Users))
        {
            fields.Problem ??= "'room' and 'users' are both there: it is one or the other";
        }

        return fields.User(CommandField.Room, _target).ToString();
    }
}

/// <summary>What a presence command asks for.</summary>
public enum PresenceOp
{
    /// <summary>How it is now, once.</summary>
    Get,

    /// <summary>How it is now, and every change from then on.</summary>
    Sub,

    /// <summary>No more changes.</summary>
    Unsub,

    /// <summary>A status of one's own.</summary>
    Set,
}

/// <summary>A presence command. The rules of names have not been looked at.</summary>
/// <param name="Id">Comes back in the answer.</param>
public sealed record PresenceFrame(PresenceOp Op, string? Id)
{
    /// <summary>The room whose members it is about; null where it names none.</summary>
    public string? Room { get; init; }

    /// <summary>Whom it is about; null where it names nobody, which, without a room, is all for <see cref="PresenceOp.Unsub"/>.</summary>
    public IReadOnlyList<string>? Users { get; init; }

    /// <summary>The JSON value of a status as it came.</summary>
    public ReadOnlyMemory<byte> Status { get; init; }
}
