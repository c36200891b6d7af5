// GET /api/users and /api/rooms: who is connected, and the rooms that they are in, in pages.
using System.ComponentModel;
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Api.Reference;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Api;

internal static class ListsApi
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;
    private const string Pages = "A request looks at some 5,000 names and answers with what it has found, which may be nothing; with 'next' there may be more.";

    public static void MapLists(this IEndpointRouteBuilder api)
    {
        api.MapGet("/users", (HttpContext context, IConnectionRegistry registry, CancellationToken cancellationToken) =>
                WithQueryAsync(context, query => ListUsersAsync(query, registry, cancellationToken)))
            .Describe("listUsers", "Users", "Who is connected", $"Each user with a session on a living node, once, in no order that means anything. {Pages}")
            .WithListQuery()
            .Gives<UserListBody>(200, "A page of users", ListExamples.Users);
        api.MapGet("/rooms", (HttpContext context, IConnectionRegistry registry, IMembership membership, CancellationToken cancellationToken) =>
                WithQueryAsync(context, query => ListRoomsAsync(query, registry, membership, cancellationToken)))
            .Describe("listRooms", "Rooms", "The rooms that somebody who is connected is in", $"About a second old, and how many members each has. {Pages}")
            .WithListQuery()
            .Gives<RoomListBody>(200, "A page of rooms", ListExamples.Rooms);
    }

    private static RouteHandlerBuilder WithListQuery(this RouteHandlerBuilder request) => request
        .WithQuery("search", "A part of the name, in any case; all names if absent.")
        .WithQuery("after", "The 'next' of the page before, with the same 'search'.")
        .WithQuery("limit", $"1 to {MaxLimit}, {DefaultLimit} if absent.", 1, MaxLimit);

    private static async Task<IResult> ListUsersAsync(ListQuery query, IConnectionRegistry registry, CancellationToken cancellationToken)
    {
        var page = await registry.ListUsersAsync(query, cancellationToken);
        return Results.Json(
            new UserListBody([.. page.Items.Select(item => new ListedUserBody(item.User.Value, [.. item.Sessions.OrderBy(session => session.Since).Select(SessionBody.Of)]))], page.Next?.ToString()),
            ListsJson.Default.UserListBody);
    }

    private static async Task<IResult> ListRoomsAsync(ListQuery query, IConnectionRegistry registry, IMembership membership, CancellationToken cancellationToken)
    {
        var page = await registry.ListRoomsAsync(query, cancellationToken);
        var members = await Task.WhenAll(page.Items.Select(room => membership.ListAsync(room, after: null, limit: 1, cancellationToken)));
        return Results.Json(
            new RoomListBody([.. page.Items.Zip(members, (room, list) => new ListedRoomBody(room.Value, list.Count))], page.Next?.ToString()),
            ListsJson.Default.RoomListBody);
    }

    private static async Task<IResult> WithQueryAsync(HttpContext context, Func<ListQuery, Task<IResult>> answer)
    {
        var query = new ApiQuery(context);
        var list = query.List(DefaultLimit, MaxLimit);
        if (query.Problem is { } problem)
        {
            return Problems.BadRequest(problem);
        }

        try
        {
            return await answer(list);
        }
        catch (Exception exception) when (exception is RegistryUnavailableException or RoomsUnavailableException)
        {
            return Problems.Unavailable(context);
        }
    }
}

[OmitsNulls]
internal sealed record UserListBody(IReadOnlyList<ListedUserBody> Users, [property: Description("Where the list goes on; absent when that was all.")] string? Next);

internal sealed record ListedUserBody(string User, IReadOnlyList<SessionBody> Sessions);

[OmitsNulls]
internal sealed record RoomListBody(IReadOnlyList<ListedRoomBody> Rooms, string? Next);

internal sealed record ListedRoomBody(string Room, long Members);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UserListBody))]
[JsonSerializable(typeof(RoomListBody))]
internal sealed partial class ListsJson : JsonSerializerContext;
