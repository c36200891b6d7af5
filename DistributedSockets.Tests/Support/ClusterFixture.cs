// One cluster for all end-to-end tests that break nothing for others; a second for those that do.
namespace DistributedSockets.Tests.Support;

/// <summary>Three nodes that most end-to-end tests share, each with users of its own. Nothing is stopped, paused or cut here.</summary>
public class ClusterFixture : IAsyncLifetime
{
    private RunningCluster? _cluster;

    internal RunningCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private protected virtual Task<RunningCluster> StartAsync() => RunningCluster.StartAsync(nodes: 3);
}

[CollectionDefinition(Name)]
public sealed class SharedCluster : ICollectionFixture<ClusterFixture>
{
    public const string Name = "shared cluster";
}

/// <summary>Three nodes that tests stop, kill and pause. Each test leaves all of them healthy.</summary>
public sealed class BreakableNodesFixture : ClusterFixture;

[CollectionDefinition(Name)]
public sealed class BreakableNodes : ICollectionFixture<BreakableNodesFixture>
{
    public const string Name = "cluster whose nodes break";
}
