// Why a message was not stored: the answer to a request, or to one message of a batch.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Limits;

namespace DistributedSockets.SocketNode.Api;

/// <summary>Why something was refused: the answer to a request, or to one message of a batch.</summary>
/// <param name="Limit">The limit that was reached; null for none.</param>
internal sealed record ApiRefusal(int Status, string Code, string Title, string Detail, string? Limit = null)
{
    /// <summary>The same again may succeed later.</summary>
    public bool IsTemporary => Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;

    public static ApiRefusal BadRequest(string detail) => new(StatusCodes.Status400BadRequest, "bad_request", "The request breaks a rule", detail);

    public static ApiRefusal BadRecipient(string detail) => new(StatusCodes.Status400BadRequest, "bad_recipient", "There can be no such recipient", detail);

    public static ApiRefusal Forbidden(string detail) => new(StatusCodes.Status403Forbidden, "forbidden", "Not allowed", detail);

    public static ApiRefusal NotFound(string detail) => new(StatusCodes.Status404NotFound, "not_found", "There is no such path", detail);

    public static ApiRefusal NoSuchRoom() => new(StatusCodes.Status404NotFound, "no_such_room", "There is no such room", "it has neither members nor messages");

    public static ApiRefusal LimitReached(string detail, string limit) => new(StatusCodes.Status409Conflict, "limit_reached", "A limit is reached", detail, limit);

    public static ApiRefusal TooLarge(string detail, string limit) => new(StatusCodes.Status413PayloadTooLarge, "too_large", "Too large", detail, limit);

    public static ApiRefusal Unavailable(string detail) => new(StatusCodes.Status503ServiceUnavailable, "unavailable", "Not available now", detail);

    /// <summary>What a sender is told of a message that was not stored.</summary>
    public static ApiRefusal Of(ErrorCode error) => error switch
    {
        ErrorCode.IdReused => new(
            StatusCodes.Status409Conflict, "id_reused", "The id was used for something else", "nothing was stored; ids must be unique, such as UUIDs"),
        ErrorCode.InboxFull => new(
            StatusCodes.Status429TooManyRequests, "inbox_full", "The recipient's inbox is full", "the recipient has not come for what waits", LimitNames.InboxMessages),
        _ => Unavailable("the store does not answer: whether it was stored is not known; send it again with the same id"),
    };
}
