// Something that the application's back end is told.
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>Something that the application's back end is told.</summary>
/// <param name="Number">Its place among the events of its owner: <c>1764000003950-0</c>, with when it was entered, by the store's clock.</param>
internal sealed record HookEvent(HookOwner Owner, string Number, HookData Data)
{
    /// <summary>No other event has it, of whatever owner.</summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(RedisKeys.Member(Owner))):x16}-{Number}");

    /// <summary>When it was entered: milliseconds since 1970 UTC.</summary>
    public long At => long.Parse(Number.AsSpan(0, Number.IndexOf('-')), NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <summary>What an event tells, beside whom or which room it is of.</summary>
/// <param name="Type">One of <see cref="HookTypes"/>.</param>
internal abstract record HookData(string Type);

/// <summary>A user is online or offline; as <see cref="Presence.PresenceState"/> has it.</summary>
internal sealed record PresenceHook(bool Online, long Version, long Since) : HookData(Online ? HookTypes.UserOnline : HookTypes.UserOffline);

/// <summary>A message lies in the inbox of a user who is away.</summary>
/// <param name="Body">Empty where it is not to be told.</param>
internal sealed record StoredHook(UserId From, MessageId Id, long Seq, long StoredAt, string? ContentType, ReadOnlyMemory<byte> Body) : HookData(HookTypes.MessageStored);

/// <summary>A room has its first member, or has lost its last.</summary>
internal sealed record RoomHook(bool Occupied, UserId User) : HookData(Occupied ? HookTypes.RoomOccupied : HookTypes.RoomVacated);
