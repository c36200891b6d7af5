using System.Net.WebSockets;
using DistributedSockets.Client.Storing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedSockets.Client;

/// <summary>What happens when more is sent than the outbox holds.</summary>
public enum OutboxPolicy
{
    /// <summary>Sending waits until there is room.</summary>
    Wait,

    /// <summary>Sending fails with <see cref="ClientException.OutboxFull"/>.</summary>
    Fail,
}

/// <summary>Settings of a <see cref="DistributedSocketsClient"/>.</summary>
public sealed class ClientOptions
{
    /// <summary>Addresses of nodes, such as <c>http://localhost:8081</c>; any of them will do. Used where <see cref="NodeProvider"/> is null.</summary>
    public IList<Uri> Nodes { get; } = [];

    /// <summary>Gives the addresses of nodes, and is asked before each round of attempts.</summary>
    public Func<CancellationToken, ValueTask<IReadOnlyList<Uri>>>? NodeProvider { get; set; }

    /// <summary>Who one is, where the nodes believe it (anonymous mode). With a <see cref="TokenProvider"/> the token says it.</summary>
    public string? User { get; set; }

    /// <summary>Gives a token: for each connection, and for renewing it in time on the one that is open.</summary>
    public Func<CancellationToken, ValueTask<string>>? TokenProvider { get; set; }

    /// <summary>Which of the user's devices this is. Null: the one in the <see cref="Store"/>, else a node makes one up.</summary>
    public string? Device { get; set; }

    /// <summary>What this program tells nodes about itself.</summary>
    public string Name { get; set; } = "DistributedSockets.Client";

    /// <summary>Keeps the outbox and the place in the inbox over restarts of the program. Null: in memory only.</summary>
    public IClientStore? Store { get; set; }

    /// <summary>Messages that may wait to be acknowledged.</summary>
    public int OutboxCapacity { get; set; } = 1_000;

    /// <summary>What happens beyond <see cref="OutboxCapacity"/>.</summary>
    public OutboxPolicy WhenOutboxFull { get; set; } = OutboxPolicy.Wait;

    /// <summary>Messages that may have come and wait for the application. When it takes no more, the client reads no more, and the node keeps them.</summary>
    public int InboxCapacity { get; set; } = 1_000;

    /// <summary>Acknowledged messages whose receipts are waited for.</summary>
    public int TrackedMessages { get; set; } = 10_000;

    /// <summary>
    /// False: a message is acknowledged when the application asks for the next one, or when its handler has ended.
    /// True: when <see cref="Message.Acknowledge"/> is called.
    /// </summary>
    public bool ManualAcknowledgement { get; set; }

    /// <summary>How long connecting to one node may take, the welcome included.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The shortest and the longest pause between attempts: the pause is chosen by chance below a bound, which doubles from the one to the other.</summary>
    public TimeSpan ShortestPause { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc cref="ShortestPause"/>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Sets up the WebSocket, such as headers or a proxy. Not called in browsers.</summary>
    public Action<ClientWebSocketOptions>? ConfigureWebSocket { get; set; }

    /// <summary>Where the client logs to.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>The clock of pauses and times.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal void Validate()
    {
        if (NodeProvider is null && Nodes.Count == 0)
        {
            throw new ArgumentException("No node to connect to: set ClientOptions.Nodes or NodeProvider.");
        }

        if (TokenProvider is null && string.IsNullOrEmpty(User))
        {
            throw new ArgumentException("Nobody knows who this is: set ClientOptions.User or TokenProvider.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(OutboxCapacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(InboxCapacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TrackedMessages);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ShortestPause, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestPause, ShortestPause);
    }
}
