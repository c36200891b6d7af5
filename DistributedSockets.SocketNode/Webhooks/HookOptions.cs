// What the application's back end is told, and where: every setting of it.
namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>What the application's back end is told, and where. Without an address nothing is.</summary>
internal sealed class HookOptions
{
    /// <summary>Where events are posted to.</summary>
    public string? Url { get; set; }

    /// <summary>What they are signed with; at least 32 characters.</summary>
    public string? Secret { get; set; }

    /// <summary>While the secret is being changed: the one before, which signs too.</summary>
    public string? PreviousSecret { get; set; }

    /// <summary>The types that are wanted; all when empty.</summary>
    public string[] Events { get; set; } = [];

    /// <summary>Whether <c>message.stored</c> has the message's body. It is kept a second time, then, until the event is accepted.</summary>
    public bool IncludeBody { get; set; }

    /// <summary>How long the back end may take to answer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For how long an event is tried again.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How many events of one user or room may wait; of more the oldest go.</summary>
    public int Pending { get; set; } = 1_000;

    /// <summary>How many requests of one node may be under way at once.</summary>
    public int Parallel { get; set; } = 32;

    public bool IsConfigured => !string.IsNullOrEmpty(Url);
}
