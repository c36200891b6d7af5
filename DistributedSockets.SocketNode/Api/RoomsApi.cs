// /api/rooms: who is in a room, what was said there, putting users there and taking them out.
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Api.Reference;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Api;

internal static class RoomsApi
{
    private const string Tag = "Rooms";
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    public static void MapRooms(this IEndpointRouteBuilder api)
    {
        api.MapGet("/rooms/{room}", (HttpContext context, IMembership membership, IRoomLog log, CancellationToken cancellationToken) =>
                InRoomAsync(context, room => ShowAsync(context, room, membership, log, cancellationToken)))
            .Describe("getRoom", Tag, "How a room is", "How many members and log entries it has.")
            .Gives<RoomBody>(200, "How the room is", """{"room":"team","members":3,"rseq":19,"epoch":"41c0","messages":17}""")
            .Refuses(404, "no_such_room");
        api.MapGet("/rooms/{room}/members", (HttpContext context, IMembership membership, CancellationToken cancellationToken) =>
                InRoomAsync(context, room => ListAsync(context, room, membership, cancellationToken)))
            .Describe("listMembers", Tag, "Who is in a room", "In the order of joining, in pages.")
            .WithQuery("after", "Behind this member.")
            .WithQuery("limit", $"1 to {MaxLimit}, {DefaultLimit} if absent.", 1, MaxLimit)
            .Gives<MembersBody>(200, "A page of members", """{"members":[{"user":"alice","since":1764000000000}],"count":3,"more":true}""");
        api.MapGet("/rooms/{room}/history", (HttpContext context, IRoomLog log, CancellationToken cancellationToken) =>
                InRoomAsync(context, room => ReadHistoryAsync(context, room, log, cancellationToken)))
            .Describe("getRoomHistory", Tag, "What was said in a room",
                "Oldest first, as it reads now. Without 'before' and 'after': the newest. To page on, take the rseq of the first entry as 'before', or of the last as 'after'. A room without messages has an empty page.")
            .WithQuery("before", "The nearest before this rseq.", 0, long.MaxValue)
            .WithQuery("after", "The nearest after it.", 0, long.MaxValue)
            .WithQuery("limit", $"1 to {HistoryPage.MaxLimit}, {HistoryPage.DefaultLimit} if absent. A page also ends at 256 KiB of bodies.", 1, HistoryPage.MaxLimit)
            .Gives<RoomHistoryBody>(200, "A page of it", RoomExamples.History);
        api.MapPut("/rooms/{room}/members/{user}", (HttpContext context, IMembership membership, MembershipNotices notices, CancellationToken cancellationToken) =>
                WithMemberAsync(context, (room, user) => PutAsync(context, room, user, membership, notices, cancellationToken)))
            .Describe("putMember", Tag, "Puts a user into a room", "The user's connections are told, as if another device had joined. May be repeated.")
            .Gives<JoinedBody>(200, "The user is a member; new is false for one who was", """{"room":"team","user":"bob","since":1764000000000,"new":true}""")
            .Refuses(409, "limit_reached");
        api.MapDelete("/rooms/{room}/members/{user}", (HttpContext context, IMembership membership, MembershipNotices notices, CancellationToken cancellationToken) =>
                WithMemberAsync(context, (room, user) => RemoveAsync(room, user, membership, notices, cancellationToken)))
            .Describe("deleteMember", Tag, "Takes a user out of a room", "The user's connections are told. May be repeated.")
            .Gives(204, "The user is not a member, whatever they were");
    }

    private static async Task<IResult> ShowAsync(HttpContext context, RoomId room, IMembership membership, IRoomLog log, CancellationToken cancellationToken)
    {
        var members = await membership.ListAsync(room, after: null, limit: 1, cancellationToken);
        var page = await log.ReadHistoryAsync(room, default, limit: 1, cancellationToken);
        var entries = Math.Max(0, page.End.Rseq - page.First + 1);
        return members.Count == 0 && entries == 0
            ? Problems.Of(context, ApiRefusal.NoSuchRoom())
            : Results.Json(new RoomBody(room.Value, members.Count, page.End.Rseq, page.End.Epoch, entries), RoomsJson.Default.RoomBody);
    }

    private static async Task<IResult> ListAsync(HttpContext context, RoomId room, IMembership membership, CancellationToken cancellationToken)
    {
        var query = new ApiQuery(context);
        var (after, limit) = (query.User("after"), query.Limit(DefaultLimit, MaxLimit));
        if (query.Problem is { } problem)
        {
            return Problems.BadRequest(problem);
        }

        var page = await membership.ListAsync(room, after, limit, cancellationToken);
        return Results.Json(
            new MembersBody([.. page.Members.Select(member => new MemberBody(member.User.Value, member.Since))], page.Count, !page.AtEnd), RoomsJson.Default.MembersBody);
    }

    private static async Task<IResult> ReadHistoryAsync(HttpContext context, RoomId room, IRoomLog log, CancellationToken cancellationToken)
    {
        var query = new ApiQuery(context);
        var (range, limit) = HistoryPage.Read(query);
        return query.Problem is { } problem
            ? Problems.BadRequest(problem)
            : HistoryPage.ToResult("room", room.Value, await log.ReadHistoryAsync(room, range, limit, cancellationToken));
    }

    private static async Task<IResult> PutAsync(
        HttpContext context, RoomId room, UserId user, IMembership membership, MembershipNotices notices, CancellationToken cancellationToken)
    {
        var joined = await membership.JoinAsync(user, room, cancellationToken);
        switch (joined.Outcome)
        {
            case JoinOutcome.TooManyRooms:
                return Problems.Of(context, ApiRefusal.LimitReached("the user is in as many rooms as one may be", LimitNames.RoomsPerConnection));
            case JoinOutcome.RoomFull:
                return Problems.Of(context, ApiRefusal.LimitReached("the room has as many members as one may have", LimitNames.RoomMembers));
            case JoinOutcome.Left:
                return Problems.Of(context, ApiRefusal.Unavailable("the user has left the room in the same moment; try again"));
        }

        // Also for one who was a member: whoever put them there may have died before anybody was told.
        await notices.TellAsync(user, room, joined.Sessions, except: null);
        return Results.Json(new JoinedBody(room.Value, user.Value, joined.Since, joined.IsNew), RoomsJson.Default.JoinedBody);
    }

    private static async Task<IResult> RemoveAsync(RoomId room, UserId user, IMembership membership, MembershipNotices notices, CancellationToken cancellationToken)
    {
        var left = await membership.LeaveAsync(user, room, cancellationToken);
        await notices.TellAsync(user, room, left.Sessions, except: null);
        return TypedResults.NoContent();
    }

    /// <summary>A member is put into, or taken out of, a room that is not the system's.</summary>
    private static Task<IResult> WithMemberAsync(HttpContext context, Func<RoomId, UserId, Task<IResult>> change) => InRoomAsync(context, room =>
        room.IsReserved ? Task.FromResult<IResult>(Problems.Forbidden("rooms whose names begin with 'ds.' are the system's"))
        : UserId.TryParse(PathNames.Read(context, place: 3), out var user, out var problem, "user") ? change(room, user)
        : Task.FromResult<IResult>(Problems.BadRequest(problem)));

    private static async Task<IResult> InRoomAsync(HttpContext context, Func<RoomId, Task<IResult>> answer)
    {
        if (!RoomId.TryParse(PathNames.Read(context, place: 1), out var room, out var problem))
        {
            return Problems.BadRequest(problem);
        }

        try
        {
            return await answer(room);
        }
        catch (RoomsUnavailableException)
        {
            return Problems.Unavailable(context);
        }
    }
}

/// <param name="Messages">How many entries its log holds, edits and deletions among them.</param>
internal sealed record RoomBody(string Room, long Members, long Rseq, string? Epoch, long Messages);

internal sealed record MembersBody(IReadOnlyList<MemberBody> Members, long Count, bool More);

internal sealed record MemberBody(string User, long Since);

/// <param name="New">False for one who was a member.</param>
internal sealed record JoinedBody(string Room, string User, long Since, bool New);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RoomBody))]
[JsonSerializable(typeof(MembersBody))]
[JsonSerializable(typeof(JoinedBody))]
internal sealed partial class RoomsJson : JsonSerializerContext;
