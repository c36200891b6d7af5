// /api/users: how somebody is, closing their connections, and what lies in their inbox.
using System.Globalization;
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Api.Reference;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Api;

internal static class UsersApi
{
    private const string Tag = "Users";
    private const int MaxEntries = 100;

    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        api.MapGet("/users/{user}", (HttpContext context, UserLook look, CancellationToken cancellationToken) =>
                WithUserAsync(context, async user => Results.Json(await look.ReadAsync(user, cancellationToken), UsersJson.Default.UserBody)))
            .Describe("getUser", Tag, "How a user is", "Presence, living sessions, devices that are away, inbox and rooms. Also for a name that nobody has used.")
            .Gives<UserBody>(200, "How the user is", UserExamples.User);
        api.MapPost("/users/{user}/disconnect", (HttpContext context, Disconnector disconnector, IOptions<SocketNodeOptions> options, CancellationToken cancellationToken) =>
                WithUserAsync(context, user => DisconnectAsync(context, user, disconnector, options.Value.Limits, cancellationToken)))
            .Describe("disconnectUser", Tag, "Closes a user's connections",
                "On every node, all of them or those of one device. Nothing keeps the user from connecting again: that is what revocations are for. 503: a node may not have heard of it; send it again.")
            .Takes<DisconnectBody>("""{"code":4003,"reason":"signed out by an operator","device":"phone"}""", isRequired: false)
            .Gives<DisconnectedBody>(200, "So many connections were told to close", """{"connections":2}""");
        api.MapGet("/users/{user}/inbox", (HttpContext context, IInbox inbox, IInboxUpkeep upkeep, CancellationToken cancellationToken) =>
                WithUserAsync(context, user => ListAsync(context, user, inbox, upkeep, cancellationToken)))
            .Describe("getInbox", Tag, "What lies in a user's inbox", "How much, and the heads of its messages and receipts, without their bodies. Reading it acknowledges nothing.")
            .WithQuery("after", "Behind this seq. Absent: behind what a device has acknowledged.", 0, long.MaxValue)
            .WithQuery("limit", $"1 to {MaxEntries}, {MaxEntries} if absent.", 1, MaxEntries)
            .Gives<InboxBody>(200, "A page of it, oldest first", UserExamples.Inbox);
        api.MapGet("/users/{user}/history", (HttpContext context, HistoryReader reader, CancellationToken cancellationToken) =>
                WithUserAsync(context, user => ReadHistoryAsync(context, user, reader, cancellationToken)))
            .Describe("getConversation", Tag, "What two users have sent each other",
                "With an id, in both directions, oldest first, as it reads now; paged as a room's history. Empty for two who never wrote to each other.")
            .WithQuery("peer", "The other user; required.")
            .WithQuery("before", "The nearest before this rseq.", 0, long.MaxValue)
            .WithQuery("after", "The nearest after it.", 0, long.MaxValue)
            .WithQuery("limit", $"1 to {HistoryPage.MaxLimit}, {HistoryPage.DefaultLimit} if absent. A page also ends at 256 KiB of bodies.", 1, HistoryPage.MaxLimit)
            .Gives<ConversationBody>(200, "A page of it", UserExamples.History);
        api.MapDelete("/users/{user}/inbox", (HttpContext context, InboxClearing clearing, CancellationToken cancellationToken) =>
                WithUserAsync(context, async user => Results.Json(new ClearedBody(await clearing.ClearAsync(user, cancellationToken)), UsersJson.Default.ClearedBody)))
            .Describe("clearInbox", Tag, "Empties a user's inbox",
                "Takes out the messages that no device has acknowledged; each ends as failed, and senders of those with an id get a receipt that says so. Receipts that wait for the user stay.")
            .Gives<ClearedBody>(200, "So many messages were taken out", """{"removed":12}""");
    }

    private static async Task<IResult> DisconnectAsync(HttpContext context, UserId user, Disconnector disconnector, LimitOptions limits, CancellationToken cancellationToken)
    {
        var body = await ApiBody.ReadAsync(context, limits.ApiBytes, LimitNames.ApiBytes, isOptional: true, cancellationToken);
        if (body.Problem is { } problem)
        {
            return problem;
        }

        var fields = new ApiFields(body.Object);
        var code = fields.Integer("code", CloseReason.MinServerCode, CloseReason.MaxServerCode) ?? CloseReason.Forbidden.Code;
        var reason = fields.Text("reason");
        var device = fields.Text("device");
        if (reason is not null && Encoding.UTF8.GetByteCount(reason) is 0 or > CloseReason.MaxTextBytes)
        {
            fields.Fail(string.Create(CultureInfo.InvariantCulture, $"'reason' must have 1 to {CloseReason.MaxTextBytes} bytes of UTF-8"));
        }

        if (device is not null && IdRules.Problem(device, "device") is { } wrong)
        {
            fields.Fail(wrong);
        }

        if (fields.Problem is { } broken)
        {
            return Problems.BadRequest(broken);
        }

        var told = await disconnector.DisconnectAsync(
            user, device is null ? null : new DeviceId(device), CloseReason.Chosen(code, reason ?? CloseReason.Forbidden.Text), cancellationToken);
        return told is { } count
            ? Results.Json(new DisconnectedBody(count), UsersJson.Default.DisconnectedBody)
            : Problems.Of(context, ApiRefusal.Unavailable("a node that has connections of the user may not have heard of it; send it again"));
    }

    private static async Task<IResult> ListAsync(HttpContext context, UserId user, IInbox inbox, IInboxUpkeep upkeep, CancellationToken cancellationToken)
    {
        var query = new ApiQuery(context);
        var (after, limit) = (query.Number("after"), query.Limit(MaxEntries, MaxEntries));
        if (query.Problem is { } problem)
        {
            return Problems.BadRequest(problem);
        }

        var depth = await upkeep.ReadDepthAsync(user, cancellationToken);
        var page = await inbox.ReadAsync(user, after ?? depth.Delivered, limit, cancellationToken);
        return Results.Json(
            new InboxBody(depth.Seq, depth.Delivered, depth.Pending, depth.Bytes, depth.Epoch, [.. page.Envelopes.Select(EntryBody.Of)], !page.AtEnd), UsersJson.Default.InboxBody);
    }

    private static async Task<IResult> ReadHistoryAsync(HttpContext context, UserId user, HistoryReader reader, CancellationToken cancellationToken)
    {
        var query = new ApiQuery(context);
        var peer = query.User("peer");
        var (range, limit) = HistoryPage.Read(query);
        if (peer is null)
        {
            query.Fail("peer required");
        }

        return query.Problem is { } problem
            ? Problems.BadRequest(problem)
            : HistoryPage.ToResult("peer", peer!.Value.Value, await reader.ReadAsync(user, peer.Value, range, limit, cancellationToken));
    }

    private static async Task<IResult> WithUserAsync(HttpContext context, Func<UserId, Task<IResult>> answer)
    {
        if (!UserId.TryParse(PathNames.Read(context, place: 1), out var user, out var problem, "user"))
        {
            return Problems.BadRequest(problem);
        }

        try
        {
            return await answer(user);
        }
        catch (Exception exception) when (exception is RegistryUnavailableException or InboxUnavailableException or RoomsUnavailableException)
        {
            return Problems.Unavailable(context);
        }
    }
}
