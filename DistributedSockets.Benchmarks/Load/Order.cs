// What the generator is asked to do, a line of JSON on its standard input, and what it answers, a line on its standard output.
using System.Text.Json.Serialization;

namespace DistributedSockets.Benchmarks.Load;

internal enum Mode
{
    /// <summary>Pairs, each with so many messages in flight; one pair with one in flight is the latency.</summary>
    Closed,

    /// <summary>Pairs at a fixed rate in all, measured from the moment at which a message should have been sent.</summary>
    Open,

    /// <summary>So many messages in flight, each of another pair: nothing that a pair does again soon helps.</summary>
    Rotating,

    /// <summary>One sender to many receivers: a message to their room, or one for each where the target has no rooms.</summary>
    FanOut,

    /// <summary>Connections as fast as they come, until each of them can be reached.</summary>
    Connect,

    /// <summary>Connections that do nothing: what they hold of the node's memory, and what they cost.</summary>
    Idle,

    /// <summary>As many idle connections as may be, all of which can still be reached at the end.</summary>
    Hold,
}

/// <summary>What somebody beside the pairs does to the nodes in an open loop.</summary>
internal enum TroubleKind
{
    /// <summary>Reads what is sent to them.</summary>
    None,

    /// <summary>Stops reading.</summary>
    StalledReader,

    /// <summary>Is away, and is sent more than an inbox holds.</summary>
    FullInbox,

    /// <summary>Is on a node that is killed.</summary>
    DeadNode,
}

/// <param name="Port">The node of those who are sent to.</param>
/// <param name="Process">That node's process.</param>
internal sealed record Trouble(TroubleKind Kind, int Port, int Process);

/// <summary>A process whose use of processor and memory is told.</summary>
internal sealed record Watched(string Name, int Id);

/// <param name="Ports">The nodes; pairs and connections take turns over them.</param>
/// <param name="Between">Whether a pair's ends are on different nodes.</param>
/// <param name="Size">Pairs, receivers or connections.</param>
/// <param name="InFlight">Messages of a pair, of all pairs when they take turns, or rounds of a fan-out, that may be on their way; connections that may be opening.</param>
/// <param name="Rate">Messages a second, of all pairs together.</param>
internal sealed record Order(
    Mode Mode, string Dialect, int[] Ports, bool Between, int Size, int InFlight, double Rate, double WarmUp, double Seconds, Watched[] Processes, Trouble? Trouble = null);

/// <param name="Cpu">Seconds of processor in the measured window.</param>
/// <param name="Memory">Bytes in memory at its end, less what they were before the idle connections came.</param>
internal sealed record Usage(string Name, double Cpu, long Memory);

/// <summary>Microseconds.</summary>
internal sealed record Latency(double P50, double P99, double P999, double Max);

/// <param name="Count">Messages delivered, or connections opened, within the window.</param>
/// <param name="Receipts">Receipts within the window, where the target gives them.</param>
/// <param name="OthersCpu">Seconds of processor that everything else on the machine took meanwhile.</param>
/// <param name="Failure">What the target did wrong: then nothing else counts.</param>
internal sealed record Figures(
    long Count, double Seconds, long Receipts, Latency? Latency, Usage[] Processes, double GeneratorCpu, double OthersCpu, string? Failure)
{
    [JsonIgnore]
    public double PerSecond => Count / Seconds;

    /// <summary>Seconds of nodes and servers for a million.</summary>
    [JsonIgnore]
    public double CpuPerMillion => Processes.Sum(one => one.Cpu) * 1e6 / Count;

    public static Figures Failed(string failure) => new(0, 1, 0, null, [], 0, 0, failure);
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Figures))]
internal sealed partial class OrderJson : JsonSerializerContext;
