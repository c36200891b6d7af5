// Why a node closes a connection: every reason with its two codes and its text.
namespace DistributedSockets.Protocol;

/// <summary>
/// Why a node closes a connection. The code for ds.v1 lies in a band that tells the client what to do (40xx do not reconnect, 41xx after a second
/// with jitter, 42xx now); a plain connection gets the standard code instead.
/// </summary>
/// <param name="Code">For ds.v1 connections.</param>
/// <param name="PlainCode">For plain connections.</param>
/// <param name="Text">One short sentence, sent in the close frame; at most 123 bytes.</param>
public sealed record CloseReason(int Code, int PlainCode, string Text)
{
    /// <summary>The codes that the server may choose, in their bands.</summary>
    public const int MinServerCode = 4000;
    public const int MaxServerCode = 4299;

    /// <summary>What a close frame has room for.</summary>
    public const int MaxTextBytes = 123;

    /// <summary>The client has broken the WebSocket protocol itself.</summary>
    public static readonly CloseReason ProtocolError = new(1002, 1002, "a frame breaks the WebSocket protocol");

    /// <summary>A text frame was not UTF-8.</summary>
    public static readonly CloseReason NotUtf8 = new(1007, 1007, "a text frame is not UTF-8");

    /// <summary>No token that counts.</summary>
    public static readonly CloseReason Unauthenticated = new(4001, 1008, "not authenticated");

    /// <summary>The token is of another user.</summary>
    public static readonly CloseReason Forbidden = new(4003, 1008, "forbidden");

    /// <summary>A ds.v1 connection did not begin with a hello that can be read.</summary>
    public static readonly CloseReason BadProtocol = new(4004, 1008, "the first frame must be a hello");

    /// <summary>The same device has connected elsewhere.</summary>
    public static readonly CloseReason Superseded = new(4005, 1008, "this device has connected elsewhere");

    /// <summary>The user holds as many connections as one may.</summary>
    public static readonly CloseReason TooManyConnections = new(4006, 1008, "too many connections for this user");

    /// <summary>A ds.v1 connection has said nothing.</summary>
    public static readonly CloseReason NoHello = new(4008, 1008, "no hello in time");

    /// <summary>A frame is larger than the limit.</summary>
    public static readonly CloseReason FrameTooLarge = new(4009, 1009, "frame larger than the limit");

    /// <summary>The token counts no more.</summary>
    public static readonly CloseReason Revoked = new(4010, 1008, "the token or the user was revoked");

    /// <summary>Too many connect at once, or are connected.</summary>
    public static readonly CloseReason NoRoom = new(4100, 1013, "the node has no room for more connections now");

    /// <summary>The client has not heeded that messages were refused, or connects too often.</summary>
    public static readonly CloseReason TooFast = new(4101, 1008, "too many messages for too long");

    /// <summary>The client reads more slowly than messages for it come in.</summary>
    public static readonly CloseReason SlowConsumer = new(4102, 1013, "send queue full: the client reads too slowly");

    /// <summary>A plain message could be neither delivered nor stored: there is no other way to tell a plain sender.</summary>
    public static readonly CloseReason NotStored = new(4103, 1013, "a message could be neither delivered nor stored; try again later");

    /// <summary>The node has been cut off from its store for too long.</summary>
    public static readonly CloseReason BackendUnavailable = new(4103, 1013, "the store is not available; try again later");

    /// <summary>Something unexpected has ended a part of the connection that it can't go on without.</summary>
    public static readonly CloseReason Broken = new(4104, 1011, "something broke in the node; connect again");

    /// <summary>The node is going.</summary>
    public static readonly CloseReason Drain = new(4200, 1001, "the node is going away");

    /// <summary>Another boot of the node has taken over.</summary>
    public static readonly CloseReason LeaseLost = new(4202, 1012, "the node lost its lease; connect again");

    /// <summary>The token's time is over.</summary>
    public static readonly CloseReason TokenExpired = new(4203, 1008, "the token has expired");

    /// <summary>The store has lost the user's inbox: seqs that this connection knows mean nothing any more.</summary>
    public static readonly CloseReason InboxReset = new(4204, 1012, "the inbox has begun anew: connect again to learn where it stands");

    /// <summary>What the application's server has chosen; a plain connection gets the standard code of the same band.</summary>
    public static CloseReason Chosen(int code, string text) => new(code, code switch { < 4100 => 1008, < 4200 => 1013, _ => 1012 }, text);
}
