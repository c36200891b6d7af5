// What an `error` push says went wrong: the code on the wire, and whether the same again may succeed later.
namespace DistributedSockets.Protocol;

/// <summary>What is wrong with a command or a message.</summary>
public enum ErrorCode
{
    BadFrame,
    Unauthenticated,
    Forbidden,
    NoSuchRoom,
    NoSuchMessage,
    TooLarge,
    BadRecipient,
    RateLimited,
    Unavailable,
    IdReused,
    InboxFull,

    /// <summary>A limit of how many.</summary>
    LimitReached,
}

/// <summary>How an <see cref="ErrorCode"/> stands on the wire.</summary>
public static class ErrorCodes
{
    /// <summary>The value of <c>code</c>.</summary>
    public static string WireText(this ErrorCode code) => code switch
    {
        ErrorCode.BadFrame => "bad_frame",
        ErrorCode.Unauthenticated => "unauthenticated",
        ErrorCode.Forbidden => "forbidden",
        ErrorCode.NoSuchRoom => "no_such_room",
        ErrorCode.NoSuchMessage => "no_such_message",
        ErrorCode.TooLarge => "too_large",
        ErrorCode.BadRecipient => "bad_recipient",
        ErrorCode.RateLimited => "rate_limited",
        ErrorCode.Unavailable => "unavailable",
        ErrorCode.IdReused => "id_reused",
        ErrorCode.InboxFull => "inbox_full",
        ErrorCode.LimitReached => "limit_reached",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, null),
    };

    /// <summary>The value of <c>temporary</c>: the same message with the same <c>id</c> may go through later.</summary>
    public static bool IsTemporary(this ErrorCode code) => code is ErrorCode.Unavailable or ErrorCode.RateLimited or ErrorCode.InboxFull;
}
