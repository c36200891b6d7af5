using System.Text.Json;

namespace DistributedSockets.Client;

/// <summary>A node has refused a command, or the client cannot send it.</summary>
public sealed class ClientException : Exception
{
    /// <summary>The client was closed, or a node has said that it must not come back.</summary>
    public const string Closed = "closed";

    /// <summary>There is no connection now, and the command does not wait for one.</summary>
    public const string NotConnected = "not_connected";

    /// <summary>The outbox has no room, and its policy is to fail.</summary>
    public const string OutboxFull = "outbox_full";

    /// <summary>The message is larger than a node takes.</summary>
    public const string TooLarge = "too_large";

    internal ClientException(string code, string message, string? limit = null)
        : base(message)
    {
        Code = code;
        Limit = limit;
    }

    /// <summary>For the program: a code of the protocol's errors, or one of the constants here.</summary>
    public string Code { get; }

    /// <summary>The setting of the limit that was reached, where it was one.</summary>
    public string? Limit { get; }

    internal static ClientException From(JsonElement error) => new(error.Text("code") ?? "", error.Text("reason") ?? "", error.Text("limit"));

    internal static ClientException Ended(CloseInfo? reason) =>
        new(Closed, reason is null ? "The client is closed." : $"The client is closed: {reason.Reason} ({reason.Code}).");
}
