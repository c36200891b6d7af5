// A cluster whose links to Redis and RabbitMQ can be cut, whose servers are restarted, and whose traces are read.
using Aspire.Hosting;

namespace DistributedSockets.Tests.Support;

/// <summary>Three nodes whose servers tests cut off and restart, and which export their traces to the test. Each test leaves all healthy.</summary>
public sealed class CuttableClusterFixture : ClusterFixture
{
    private readonly List<NodeLinks> _links = [];

    internal OtlpReceiver Telemetry { get; } = new();

    /// <summary>Of the node with that number, from 1.</summary>
    internal NodeLinks Links(int node) => _links[node - 1];

    internal IReadOnlyList<NodeLinks> AllLinks => _links;

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        foreach (var links in _links)
        {
            await links.DisposeAsync();
        }

        await Telemetry.DisposeAsync();
    }

    private protected override async Task<RunningCluster> StartAsync()
    {
        var collector = await Telemetry.StartAsync();
        return await RunningCluster.StartAsync(nodes: 3, (builder, node) =>
        {
            var links = new NodeLinks();
            links.Insert(builder, node);
            _links.Add(links);
            node.WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", collector.ToString()).WithEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        });
    }
}

[CollectionDefinition(Name)]
public sealed class CuttableCluster : ICollectionFixture<CuttableClusterFixture>
{
    public const string Name = "cluster whose servers go away";
}
