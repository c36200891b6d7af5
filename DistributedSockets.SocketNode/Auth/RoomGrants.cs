// Which rooms a token lets its user be in, and write to.
using System.Text.Json;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>What somebody may do in a room.</summary>
internal enum RoomAccess
{
    None,

    /// <summary>Be in it and read.</summary>
    Read,

    /// <summary>Also write, edit, delete and type.</summary>
    Write,
}

/// <summary>Which rooms a token lets its user be in, and write to. All patterns that fit a room count together.</summary>
internal sealed class RoomGrants
{
    /// <summary>Every room, for where nobody has a token.</summary>
    public static readonly RoomGrants All = new([("*", RoomAccess.Write)]);

    public static readonly RoomGrants None = new([]);

    /// <summary>More than one claim should say; a room is tried against all of them.</summary>
    private const int MaxPatterns = 100;

    private readonly (string Pattern, RoomAccess Access)[] _granted;

    private RoomGrants((string Pattern, RoomAccess Access)[] granted) => _granted = granted;

    /// <summary>Reads the claim; null for one of another shape.</summary>
    public static RoomGrants? Read(JsonElement claim)
    {
        if (claim.ValueKind != JsonValueKind.Object || claim.GetPropertyCount() > MaxPatterns)
        {
            return null;
        }

        var granted = new List<(string, RoomAccess)>();
        foreach (var pattern in claim.EnumerateObject())
        {
            var access = pattern.Value.ValueKind != JsonValueKind.String ? RoomAccess.None
                : pattern.Value.ValueEquals("rw") ? RoomAccess.Write
                : pattern.Value.ValueEquals("r") ? RoomAccess.Read
                : RoomAccess.None;
            if (access == RoomAccess.None || !RoomPattern.IsWellFormed(pattern.Name))
            {
                return null;
            }

            granted.Add((pattern.Name, access));
        }

        return new RoomGrants([.. granted]);
    }

    public RoomAccess Of(RoomId room)
    {
        var access = RoomAccess.None;
        foreach (var (pattern, granted) in _granted)
        {
            if (granted > access && RoomPattern.Fits(pattern, room.Value))
            {
                access = granted;
            }
        }

        return access;
    }
}
