// The activity source of this system's own spans.
using System.Diagnostics;

namespace DistributedSockets.SocketNode.Diagnostics;

internal static class NodeTracing
{
    public const string SourceName = "DistributedSockets";

    public static readonly ActivitySource Source = new(SourceName);
}
