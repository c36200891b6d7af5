// POST /api/messages and /api/messages/batch: messages of a back end, stored.
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Api.Reference;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Limits;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Api;

internal static class MessagesApi
{
    private const string Tag = "Messages";
    private const string KeyHeader = ApiDescriptions.KeyHeader;

    /// <summary>A batch's key is made longer by the number of a message.</summary>
    private const int MaxBatchKey = 58;

    public static void MapMessages(this IEndpointRouteBuilder api)
    {
        api.MapPost("/messages", SendAsync)
            .Describe("sendMessage", Tag, "Sends a message", "To a user or to a room, as a reliable one: once this is answered it is stored. The same id again is stored once.")
            .WithKey(ApiMessage.MaxId, "The message's id, in place of 'id'.")
            .Takes<MessageBody>(MessageExamples.Message)
            .Gives<SentBody>(202, "Stored; dup is true for one that was stored before", """{"mid":"019a58","seq":88,"ts":1764000003000,"state":"stored"}""")
            .Refuses(409, "id_reused")
            .Refuses(429, "inbox_full");
        api.MapPost("/messages/batch", SendBatchAsync)
            .Describe("sendMessages", Tag, "Sends many messages",
                "There is an answer for each, in their order, so look into it: the status of the whole is 200 all the same. Messages of one sender to one recipient are stored in order. Each counts as a request.")
            .WithKey(MaxBatchKey, "Gives message n, counted from 0, that has no id of its own the id <key>-<n>.")
            .Takes<MessagesBody>(MessageExamples.Batch)
            .Gives<BatchBody>(200, "An answer for each", MessageExamples.Results);
    }

    private static async Task<IResult> SendAsync(HttpContext context, ApiSender sender, IOptions<SocketNodeOptions> options, CancellationToken cancellationToken)
    {
        if (!TryReadKey(context, ApiMessage.MaxId, out var key, out var badKey))
        {
            return Problems.Of(context, badKey);
        }

        var limits = options.Value.Limits;
        var body = await ApiBody.ReadAsync(context, limits.ApiBytes, LimitNames.ApiBytes, isOptional: false, cancellationToken);
        if (body.Problem is { } problem)
        {
            return problem;
        }

        if (ApiMessage.Read(body.Object, key, isStrict: true, limits.ApiBytes, out var refusal) is not { } message)
        {
            return Problems.Of(context, refusal!);
        }

        var sent = (await sender.SendAsync([message], hinted => WaitBehind(context, hinted)))[0];
        return sent.Refusal is { } refused
            ? Problems.Of(context, refused)
            : Results.Json(ToBody(message, sent) with { Status = null }, MessagesJson.Default.SentBody, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> SendBatchAsync(
        HttpContext context, ApiSender sender, RateLimits rates, NodeMetrics metrics, IOptions<SocketNodeOptions> options, CancellationToken cancellationToken)
    {
        if (!TryReadKey(context, MaxBatchKey, out var key, out var badKey))
        {
            return Problems.Of(context, badKey);
        }

        var limits = options.Value.Limits;
        var body = await ApiBody.ReadAsync(context, limits.BatchBytes, LimitNames.BatchBytes, isOptional: false, cancellationToken);
        if (body.Problem is { } problem)
        {
            return problem;
        }

        if (new ApiFields(body.Object).Find("messages") is not { ValueKind: JsonValueKind.Array } list)
        {
            return Problems.BadRequest("'messages' must be an array");
        }

        if (list.GetArrayLength() > limits.BatchMessages)
        {
            return Problems.TooLarge($"a batch has at most {limits.BatchMessages} messages", LimitNames.BatchMessages);
        }

        // The first one was the request itself.
        rates.Charge(ApiCaller.Of(context), list.GetArrayLength() - 1);
        var results = new SentBody[list.GetArrayLength()];
        var (places, messages) = (new List<int>(), new List<ApiMessage>());
        foreach (var (index, json) in list.EnumerateArray().Index())
        {
            if (ApiMessage.Read(json, key is null ? null : $"{key}-{index}", isStrict: false, limits.ApiBytes, out var refusal) is { } message)
            {
                places.Add(index);
                messages.Add(message);
            }
            else
            {
                results[index] = ToBody(refusal!);
                if (refusal!.Limit is { } limit)
                {
                    metrics.LimitReached(limit);
                }
            }
        }

        var sent = await sender.SendAsync(messages, hinted => WaitBehind(context, hinted));
        for (var index = 0; index < sent.Count; index++)
        {
            results[places[index]] = ToBody(messages[index], sent[index]);
        }

        return Results.Json(new BatchBody(results), MessagesJson.Default.BatchBody);
    }

    /// <summary>The answer does not wait for other nodes; the request's end does, and with it the end of this node.</summary>
    private static void WaitBehind(HttpContext context, Task hinted) => context.Response.OnCompleted(() => hinted);

    private static bool TryReadKey(HttpContext context, int maxLength, out string? key, out ApiRefusal problem)
    {
        var header = context.Request.Headers[KeyHeader];
        key = header.Count == 0 ? null : header.ToString();
        problem = ApiRefusal.BadRequest($"{KeyHeader} must have 1 to {maxLength} characters");
        return key is null || (key.Length > 0 && key.EnumerateRunes().Count() <= maxLength);
    }

    private static SentBody ToBody(ApiMessage message, Sent sent) => sent.Refusal is { } refusal
        ? ToBody(refusal)
        : new SentBody(
            StatusCodes.Status202Accepted, sent.Id.Value, message.To is null ? null : sent.Place, message.Room is null || message.IsLive ? null : sent.Place, sent.At, message.IsLive ? "sent" : "stored",
            sent.IsDuplicate ? true : null, null, null, null);

    private static SentBody ToBody(ApiRefusal refusal) => new(refusal.Status, null, null, null, null, null, null, refusal.Code, refusal.Detail, refusal.Limit);
}

internal sealed record BatchBody(IReadOnlyList<SentBody> Results);

// This and the next are for the document alone: ApiMessage reads the fields one by one.

/// <summary>Messages that are sent together.</summary>
internal sealed record MessagesBody([property: Description("At most Limits:BatchMessages, 1,000.")] IReadOnlyList<MessageBody> Messages);

/// <summary>A message to a user or to a room.</summary>
[OmitsNulls]
internal sealed record MessageBody(
    [property: Description("Any name.")] string From,
    [property: Description("A user. Either this or room.")] string? To,
    [property: Description("A room; the sender need not be a member.")] string? Room,
    [property: Description("Any JSON value.")] JsonElement Body,
    [property: Description("1 to 64 characters, unique for the sender, such as a UUID. Absent: a repetition is a new message.")] string? Id,
    [property: Description("After so many seconds, 1 to 2,592,000, it expires.")] int? Ttl,
    [property: Description("A content type of the application's own, 1 to 128 characters.")] string? Ct);

/// <summary>What became of a message; what does not concern it is left out.</summary>
/// <param name="Status">In a batch only.</param>
[OmitsNulls]
internal sealed record SentBody(
    int? Status, string? Mid, long? Seq, long? Rseq, long? Ts, string? State, bool? Dup, string? Code, string? Detail, string? Limit);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SentBody))]
[JsonSerializable(typeof(BatchBody))]
internal sealed partial class MessagesJson : JsonSerializerContext;
