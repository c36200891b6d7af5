// What starts a node again that has ended: the page says so before it ends one.
namespace DistributedSockets.Web.Cluster;

/// <summary>What starts a node again, as the AppHost has told: it knows in which mode it runs.</summary>
internal sealed class NodeRestart(IConfiguration configuration)
{
    /// <summary>What follows on the end of a process.</summary>
    public string After(NodeSignal signal) => (configuration["AppHost:Mode"], signal) switch
    {
        ("local", NodeSignal.Kill) => "The AppHost starts it again within a few seconds.",
        ("aspire", _) => "Nothing starts it again by itself: press Start in the Aspire dashboard.",
        ("local", _) => "The AppHost takes that for wanted and does not start it again: restart the AppHost to have it back.",
        _ => "Nothing that this page knows of starts it again.",
    };
}
