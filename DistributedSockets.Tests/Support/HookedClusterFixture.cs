// A cluster that tells an application's back end what happens, and whose nodes can be killed at the worst moment.
using Aspire.Hosting;

namespace DistributedSockets.Tests.Support;

/// <summary>Two nodes that tell a back end of everything, and fail on demand.</summary>
public sealed class HookedClusterFixture : ClusterFixture
{
    private HookReceiver? _backEnd;

    internal HookReceiver BackEnd => _backEnd!;

    /// <summary>A file in it arms a failpoint.</summary>
    internal DirectoryInfo Failpoints { get; } = Directory.CreateTempSubdirectory("ds-hooks-");

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        if (_backEnd is not null)
        {
            await _backEnd.DisposeAsync();
        }

        Failpoints.Delete(recursive: true);
    }

    private protected override async Task<RunningCluster> StartAsync()
    {
        _backEnd = await HookReceiver.StartAsync();
        return await RunningCluster.StartAsync(nodes: 2, (_, node) =>
        {
            node.WithEnvironment("Failpoints__Folder", Failpoints.FullName);
            foreach (var setting in _backEnd.Settings.Select(setting => setting.Split('=', 2)))
            {
                node.WithEnvironment(setting[0].Replace(":", "__", StringComparison.Ordinal), setting[1]);
            }
        });
    }
}

[CollectionDefinition(Name)]
public sealed class HookedCluster : ICollectionFixture<HookedClusterFixture>
{
    public const string Name = "cluster with webhooks";
}
