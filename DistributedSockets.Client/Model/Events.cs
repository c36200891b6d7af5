using System.Text.Json;

namespace DistributedSockets.Client;

/// <summary>Something is missing, and nobody can send it any more.</summary>
/// <param name="Room">The room whose log it was in; null for the inbox.</param>
/// <param name="From">The first place that is missing; null where nobody knows, since the store was wiped or has gone back in time.</param>
/// <param name="To">The last place that is missing.</param>
public sealed record Gap(string? Room, long? From, long? To);

/// <summary>Somebody types, or has stopped.</summary>
/// <param name="From">Who.</param>
/// <param name="Room">In which room; null for oneself.</param>
/// <param name="IsOn">Whether they type.</param>
public sealed record Typing(string From, string? Room, bool IsOn);

/// <summary>A room that one is in.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seq">The end of its log.</param>
/// <param name="Epoch">What <paramref name="Seq"/> counts in.</param>
/// <param name="After">The stored messages behind this place follow.</param>
/// <param name="Count">How many members there are; null for the room of everyone.</param>
/// <param name="Read">How far one has read.</param>
/// <param name="Members">The members, in answer to a join, where there are at most 100; else null.</param>
public sealed record Room(string Name, long Seq, string Epoch, long After, long? Count, long Read, IReadOnlyList<string>? Members)
{
    internal static Room Parse(JsonElement push) => new(
        push.Text("room") ?? "",
        push.Number("rseq") ?? 0,
        push.Text("epoch") ?? "",
        push.Number("after") ?? 0,
        push.Number("count"),
        push.Number("read") ?? 0,
        push.Field("members", JsonValueKind.Array) is null ? null : push.Texts("members"));
}

/// <summary>This client is in a room, or not any more: by its own doing, by another device, by a back end, or since it has connected.</summary>
/// <param name="Name">The room.</param>
/// <param name="Room">How the room is; null if one has left it.</param>
public sealed record RoomChange(string Name, Room? Room);

/// <summary>A page of a room's members, in the order in which they joined.</summary>
/// <param name="Members">The members.</param>
/// <param name="Count">How many there are in all.</param>
/// <param name="HasMore">There is another page, behind the last of these.</param>
public sealed record MemberPage(IReadOnlyList<string> Members, long Count, bool HasMore);

/// <summary>One step of a message's way.</summary>
/// <param name="Mid">The message.</param>
/// <param name="At">When, by that node's clock.</param>
/// <param name="Node">Where.</param>
/// <param name="Step">received, stored, published, arrived, written or acknowledged.</param>
/// <param name="Took">Since the step before it on the same node.</param>
public sealed record Hop(string Mid, DateTimeOffset At, string Node, string Step, TimeSpan Took);

/// <summary>Another device of one's own has read in a room.</summary>
/// <param name="Room">The room.</param>
/// <param name="UpTo">Up to this place.</param>
public sealed record RoomRead(string Room, long UpTo);

/// <summary>A place in a room's log, from which <see cref="DistributedSocketsClient.JoinAsync"/> reads again.</summary>
/// <example><code>
/// var room = await client.JoinAsync("team");
/// await client.JoinAsync("team", since: new RoomPlace(0, room.Epoch));
/// </code></example>
/// <param name="Seq">The last message that need not be sent again.</param>
/// <param name="Epoch">What <paramref name="Seq"/> counts in.</param>
public sealed record RoomPlace(long Seq, string Epoch);
