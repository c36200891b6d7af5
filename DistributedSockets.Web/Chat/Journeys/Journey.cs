// A message's way over the nodes, laid out in time.
using System.Globalization;
using DistributedSockets.Client;

namespace DistributedSockets.Web.Chat.Journeys;

/// <summary>A step on a node, in microseconds since the message came in.</summary>
public sealed record JourneyStep(string Name, double Start, double End)
{
    public double Took => End - Start;
}

/// <summary>The steps on one node.</summary>
/// <param name="IsIngress">Whether the message came in here. The other nodes have clocks of their own: where they begin is known to a millisecond.</param>
public sealed record JourneyNode(string Name, bool IsIngress, IReadOnlyList<JourneyStep> Steps);

/// <summary>A message's way. Within a node times are exact; from node to node they are as good as the nodes' clocks.</summary>
public sealed record Journey(IReadOnlyList<JourneyNode> Nodes, double Total)
{
    public static Journey From(IReadOnlyList<Hop> hops)
    {
        if (hops.Count == 0)
        {
            return new Journey([], 0);
        }

        var nodes = new List<JourneyNode>();
        var ingress = hops.FirstOrDefault(hop => hop.Step == "received") ?? hops[0];
        var earliest = 0d;
        foreach (var steps in hops.GroupBy(hop => hop.Node).OrderBy(steps => steps.Key != ingress.Node).ThenBy(steps => steps.First().At))
        {
            var isIngress = steps.Key == ingress.Node;
            var node = Lay(steps.Key, isIngress, steps, isIngress ? 0 : Math.Max(earliest, (steps.First().At - ingress.At).TotalMicroseconds));
            nodes.Add(node);
            if (isIngress)
            {
                // Nothing is sent on before it is stored, whatever the clocks say.
                earliest = node.Steps.FirstOrDefault(step => step.Name == NameOf("stored"))?.End ?? 0;
            }
        }

        return new Journey(nodes, nodes.Max(node => node.Steps.Max(step => step.End)));
    }

    /// <summary>412 µs, 1.35 ms, 2.1 s.</summary>
    public static string Text(double microseconds) => microseconds switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds:0} µs"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000:0.00} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000_000:0.00} s"),
    };

    private static JourneyNode Lay(string name, bool isIngress, IEnumerable<Hop> hops, double start)
    {
        var steps = new List<JourneyStep>();
        var at = start;
        foreach (var hop in hops)
        {
            var end = at + hop.Took.TotalMicroseconds;
            steps.Add(new JourneyStep(NameOf(hop.Step), at, end));
            at = end;
        }

        return new JourneyNode(name, isIngress, steps);
    }

    private static string NameOf(string step) => step switch
    {
        "received" => "Received from the sender",
        "stored" => "Stored in the inbox",
        "published" => "Published and confirmed",
        "arrived" => "Arrived over the broker",
        "written" => "Written to the socket",
        "acknowledged" => "Acknowledged by the device",
        _ => step,
    };
}
