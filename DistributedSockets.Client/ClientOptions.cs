using System.Net.WebSockets;
using System.Runtime.Versioning;
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

/// <summary>Settings of a <see cref="DistributedSocketsClient"/>. Required are nodes, and a user or a token provider.</summary>
/// <example><code>
/// var options = new ClientOptions
/// {
///     Nodes = { new("https://chat.example.org") },
///     TokenProvider = async cancellationToken => await new HttpClient().GetStringAsync("https://example.org/token", cancellationToken),
///     Store = new FileClientStore("alice.store"),
///     WhenOutboxFull = OutboxPolicy.Fail,
/// };
/// </code></example>
public sealed class ClientOptions
{
    /// <summary>Addresses of nodes, such as <c>http://localhost:8081</c>; any of them will do. Used where <see cref="NodeProvider"/> is null.</summary>
    public IList<Uri> Nodes { get; } = [];

    /// <summary>Gives the addresses of nodes, and is asked before each round of attempts. What it throws counts as a failed attempt.</summary>
    public Func<CancellationToken, ValueTask<IReadOnlyList<Uri>>>? NodeProvider { get; set; }

    /// <summary>Who one is, where the nodes believe it (anonymous mode). With a <see cref="TokenProvider"/> the token says it.</summary>
    public string? User { get; set; }

    /// <summary>Gives a token: for each connection, and for renewing it in time on the one that is open. What it throws counts as a failed attempt.</summary>
    public Func<CancellationToken, ValueTask<string>>? TokenProvider { get; set; }

    /// <summary>Which of the user's devices this is. Null: the one in the <see cref="Store"/>, else a node makes one up.</summary>
    public string? Device { get; set; }

    /// <summary>What this program tells nodes about itself, in at most 128 characters.</summary>
    public string Name { get; set; } = "DistributedSockets.Client";

    /// <summary>Keeps the outbox and the place in the inbox over restarts of the program. Null: in memory only. Not disposed of by the client.</summary>
    public IClientStore? Store { get; set; }

    /// <summary>Messages that may wait to be acknowledged, and questions that may wait to be answered: 1,000 unless set.</summary>
    public int OutboxCapacity { get; set; } = 1_000;

    /// <summary>What happens beyond <see cref="OutboxCapacity"/>.</summary>
    public OutboxPolicy WhenOutboxFull { get; set; } = OutboxPolicy.Wait;

    /// <summary>
    /// Messages that may have come and wait for the application: 1,000 unless set. When they are full and none of them is taken for a second, the client takes no more from this
    /// connection, so that answers still come through; when the application has taken them all, it connects anew, and the others come in order. Fast messages in between are lost.
    /// </summary>
    public int InboxCapacity { get; set; } = 1_000;

    /// <summary>Acknowledged messages whose receipts are waited for: 10,000 unless set.</summary>
    public int TrackedMessages { get; set; } = 10_000;

    /// <summary>
    /// False: a message is acknowledged when the application asks for the next one, or when its handler has ended.
    /// True: when <see cref="Message.Acknowledge"/> is called. Every message must be, in time: nothing behind it is, before it is.
    /// </summary>
    public bool ManualAcknowledgement { get; set; }

    /// <summary>How long connecting to one node may take, the welcome included: 10 s unless set.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The bound below which the first pause between attempts is chosen by chance: 250 ms unless set. It doubles with each attempt that fails, up to <see cref="LongestPause"/>.
    /// A node may ask for more, and a node that is going away for none.
    /// </summary>
    public TimeSpan ShortestPause { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The bound of the longest pauses: 20 s unless set. See <see cref="ShortestPause"/>.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Sets up the WebSocket, such as headers or a proxy. A browser has none of this, and it is not called there.</summary>
    [UnsupportedOSPlatform("browser")]
    public Action<ClientWebSocketOptions>? ConfigureWebSocket { get; set; }

    /// <summary>Where the client logs to: warnings for connections that end, errors for what needs somebody. No bodies.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>The clock of pauses and times.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal void Validate()
    {
        if (NodeProvider is null && Nodes.Count == 0)
        {
            throw new ArgumentException("No node to connect to: set ClientOptions.Nodes or NodeProvider.");
        }

        if (Nodes.FirstOrDefault(node => !node.IsAbsoluteUri || node.Scheme is not ("http" or "https" or "ws" or "wss")) is { } wrong)
        {
            throw new ArgumentException($"'{wrong}' in ClientOptions.Nodes is no address of a node, such as http://localhost:8081.");
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
