using System.Text.Json;

namespace DistributedSockets.Client;

/// <summary>What became of a message.</summary>
public enum ReceiptState
{
    /// <summary>A device of the recipient has it.</summary>
    Delivered,

    /// <summary>Its time was over before any device had it.</summary>
    Expired,

    /// <summary>It was taken out of the recipient's inbox before any device had it.</summary>
    Failed,

    /// <summary>The recipient has read it.</summary>
    Read,
}

/// <summary>What became of messages that one has sent to a user.</summary>
/// <param name="State">What.</param>
/// <param name="Peer">Who was the recipient.</param>
/// <param name="Mids">Which messages; for <see cref="ReceiptState.Read"/> the last of those that were read.</param>
/// <param name="Device">The recipient's device, where one is known.</param>
/// <param name="At">When it happened, by the store's clock.</param>
public sealed record Receipt(ReceiptState State, string Peer, IReadOnlyList<string> Mids, string? Device, DateTimeOffset At)
{
    internal long? UpTo { get; init; }

    internal static Receipt? TryParse(JsonElement push)
    {
        ReceiptState? state = push.Text("state") switch
        {
            "delivered" => ReceiptState.Delivered,
            "expired" => ReceiptState.Expired,
            "failed" => ReceiptState.Failed,
            "read" => ReceiptState.Read,
            _ => null,
        };
        return state is { } known
            ? new Receipt(known, push.Text("peer") ?? "", push.Texts("mid"), push.Text("device"), push.Time("ts")) { UpTo = push.Number("upto") }
            : null;
    }
}
