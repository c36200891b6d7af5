// Everything about a node that can be configured, with its defaults; validated at start (SocketNodeOptionsValidator).
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.SocketNode;

/// <summary>Everything about a node that can be configured. Bound to the root of the configuration; <c>SERVER_ID</c> is read by NodeIdentity.</summary>
internal sealed class SocketNodeOptions
{
    /// <summary>The address that this node tells the others and its users; the first listening address when empty.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Origins that a browser may connect from. Empty: any loopback origin in Development, else the host that was asked for.</summary>
    public string[] AllowedOrigins { get; set; } = [];

    /// <summary>Proxies, by address or range, whose <c>X-Forwarded-For</c> says where a request comes from.</summary>
    public string[] TrustedProxies { get; set; } = [];

    public AuthOptions Auth { get; set; } = new();

    public LimitOptions Limits { get; set; } = new();

    public ClusterOptions Cluster { get; set; } = new();

    public HookOptions Webhooks { get; set; } = new();

    public FailpointOptions Failpoints { get; set; } = new();
}

/// <summary>What a stranger can use up. Rates: Limits/LimitOptions.Rates.cs; rooms, presence and the API: Limits/LimitOptions.Counts.cs.</summary>
internal sealed partial class LimitOptions
{
    /// <summary>Bytes of one frame; a larger one closes its connection.</summary>
    public int FrameBytes { get; set; } = 64 * 1024;

    /// <summary>Messages that may wait for one slow connection.</summary>
    public int SendQueueMessages { get; set; } = 1000;

    /// <summary>Bytes that may wait for one slow connection.</summary>
    public int SendQueueBytes { get; set; } = 1024 * 1024;

    public int ConnectionsPerUser { get; set; } = 10;

    /// <summary>Devices of a user that have a place in the inbox; then the one whose place has not moved for longest loses it.</summary>
    public int DevicesPerUser { get; set; } = 20;

    /// <summary>How long a ds.v1 connection may take to say hello.</summary>
    public TimeSpan HelloTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages that may wait in an inbox above its delivered mark.</summary>
    public int InboxMessages { get; set; } = 10_000;

    /// <summary>Bytes that may wait in an inbox above its delivered mark.</summary>
    public long InboxBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How long an undelivered message is kept; then it expires.</summary>
    public TimeSpan InboxRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Messages of one connection that may be on their way through the system; then its socket is not read.</summary>
    public int MessagesInFlight { get; set; } = 256;

    /// <summary>How often the node pings a connection.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long it waits for the pong before it drops the connection.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(8);
}

/// <summary>How the nodes watch each other.</summary>
internal sealed class ClusterOptions
{
    /// <summary>How long a node's right to its name lasts unless renewed; it is renewed three times as often. A dead node's users are offline within this and about 2 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a node that Redis does not answer keeps its connections.</summary>
    public TimeSpan CutOffLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a node checks that what is published to it arrives.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Over how long a node that stops sends its connections away, one after the other. Zero: all at once.</summary>
    public TimeSpan DrainWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often an inbox is visited in which something waits: its counters are checked, and what a dead node has left is finished.</summary>
    public TimeSpan SweepPeriod { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>Faults on demand, for tests; Development only (Diagnostics/Failpoints).</summary>
internal sealed class FailpointOptions
{
    /// <summary>A folder in which a file named like a failpoint arms it. None: there are no failpoints.</summary>
    public string? Folder { get; set; }

    /// <summary>How far the node's clock is ahead of the machine's, or behind it.</summary>
    public TimeSpan ClockOffset { get; set; }
}
