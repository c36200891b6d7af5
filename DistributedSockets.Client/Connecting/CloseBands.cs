// What a close code says to do: its band decides.
using System.Text.Json;

namespace DistributedSockets.Client.Connecting;

internal static class CloseBands
{
    /// <param name="refusal">The error right before it, which may say more.</param>
    public static CloseInfo Explain(int code, string? reason, JsonElement? refusal) => new(code, Text(code, reason, refusal))
    {
        // 40xx: not before something was changed. 1002, 1003, 1007: a defect of this client, which would show again.
        IsFinal = code is (>= 4000 and <= 4099) or 1002 or 1003 or 1007,
        Wait = code is 4100 or 4101 && refusal?.Number("retryMs") is not null ? refusal.Value.Retry() : TimeSpan.Zero,
    };

    private static string Text(int code, string? reason, JsonElement? refusal) =>
        code is 4001 or 4003 or 4004 or 4010 && refusal?.Text("reason") is { Length: > 0 } said ? said
        : string.IsNullOrEmpty(reason) ? "the connection was closed" : reason;
}
