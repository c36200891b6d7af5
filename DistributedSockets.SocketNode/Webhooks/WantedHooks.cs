// Which events are entered, and how many may wait.
using System.Globalization;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>Which events are entered, and how many may wait. Whoever decides what an event tells enters it in the same step.</summary>
internal sealed class WantedHooks
{
    /// <summary>Types that are wanted, and this for messages with their bodies.</summary>
    private const string Body = "body";

    private readonly HashSet<string> _types = [];

    private WantedHooks()
    {
    }

    /// <summary>Nobody wants to be told of anything.</summary>
    public static WantedHooks None { get; } = new();

    /// <summary>How many events of one user or room may wait.</summary>
    public int Pending { get; private init; }

    /// <summary>As the scripts take it: see shared-hooks.lua.</summary>
    public string Argument { get; private init; } = "";

    public bool IsNone => _types.Count == 0;

    public bool IncludesBody { get; private init; }

    public static WantedHooks Of(HookOptions options)
    {
        if (!options.IsConfigured)
        {
            return None;
        }

        IReadOnlyList<string> types = options.Events.Length == 0 ? HookTypes.All : options.Events;

        // All that waits would have been given up by then: a cluster whose webhooks were taken away keeps nothing of them.
        var kept = (long)(2 * options.GiveUpAfter).TotalMilliseconds;
        var wanted = new WantedHooks
        {
            Pending = options.Pending,
            IncludesBody = options.IncludeBody,
            Argument = string.Create(CultureInfo.InvariantCulture, $"{options.Pending} {kept} {string.Join(' ', types)}{(options.IncludeBody ? " " + Body : "")}"),
        };
        wanted._types.UnionWith(types);
        return wanted;
    }

    public bool Wants(string type) => _types.Contains(type);
}
