namespace DistributedSockets.Client;

/// <summary>Where a client stands.</summary>
public enum ClientState
{
    /// <summary>It has not been connected yet.</summary>
    Connecting,

    /// <summary>A node has welcomed it.</summary>
    Connected,

    /// <summary>It was connected, is not now, and is on its way to a node. What is sent meanwhile waits.</summary>
    Recovering,

    /// <summary>It does not come back by itself: it was closed, or a node has said that it must not.</summary>
    Closed,
}

/// <summary>A change of <see cref="DistributedSocketsClient.State"/>, or another attempt that failed.</summary>
/// <param name="State">What it is now.</param>
/// <param name="Reason">Why the last connection ended, or could not be made; null where there was none.</param>
public sealed record StateChange(ClientState State, CloseInfo? Reason);

/// <summary>Why a connection ended.</summary>
/// <param name="Code">The close code, or the status of an HTTP answer; 1006 where the connection was cut or never made; 0 where the client's store failed.</param>
/// <param name="Reason">A sentence for the developer.</param>
public sealed record CloseInfo(int Code, string Reason)
{
    /// <summary>Whether connecting again is useless before something was changed.</summary>
    public bool IsFinal { get; init; }

    internal TimeSpan Wait { get; init; }

    /// <summary>The client itself wanted another connection; nothing has failed.</summary>
    internal bool IsAtOnce { get; init; }

    internal static CloseInfo ByApplication { get; } = new(1000, "closed by the application") { IsFinal = true };

    internal static CloseInfo CaughtUp { get; } = new(1006, "the application takes messages again: those that it had no room for come over another connection") { IsAtOnce = true };

    internal static CloseInfo Cut(string reason) => new(1006, reason);
}
