// The cluster that faults are injected into: three nodes with short leases, each link to Redis and RabbitMQ through a proxy, and a second Redis.
using System.Globalization;
using System.Net;
using System.Text.Json;
using Aspire.Hosting;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Faults;

/// <summary>Three nodes with short leases, each link to Redis and RabbitMQ through a proxy, and a second Redis to fail over to. One serves many cases.</summary>
internal sealed class FaultCluster : IAsyncDisposable
{
    public const int Nodes = 3;
    public const string Redis = "redis";
    public const string Replica = "replica";

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    // T17: the clocks of the first and the last node are five minutes off, in all cases.
    private static readonly string[] ClockOffsets = ["-00:05:00", "00:00:00", "00:05:00"];

    private readonly List<NodeLinks> _links = [];
    private readonly DirectoryInfo _failpoints = Directory.CreateTempSubdirectory("failpoints-");
    private RunningCluster? _cluster;

    public RunningCluster System => _cluster!;

    public IReadOnlyList<Uri> Addresses => [.. Enumerable.Range(1, Nodes).Select(System.Node)];

    public IReadOnlyList<NodeLinks> AllLinks => _links;

    /// <summary>Of the node with that number, from 1.</summary>
    public NodeLinks Links(int node) => _links[node - 1];

    public async Task StartAsync()
    {
        string lease = Lease.ToString("c", CultureInfo.InvariantCulture);
        _cluster = await RunningCluster.StartAsync(Nodes, (builder, node) =>
        {
            var links = new NodeLinks();
            links.Insert(builder, node);
            _links.Add(links);
            if (_links.Count == 1)
            {
                builder.AddRedis(Replica).WithArgs("--appendonly", "yes", "--appendfsync", "always");
            }

            node.WithEnvironment("Cluster__Lease", lease)
                .WithEnvironment("Cluster__ProbeInterval", "00:00:01")
                .WithEnvironment("Cluster__DrainWindow", "00:00:03")
                .WithEnvironment("Limits__HelloTimeout", "00:00:03")
                .WithEnvironment("Limits__PingInterval", "00:00:05")
                .WithEnvironment("Cluster__SweepPeriod", "00:00:02")
                .WithEnvironment("Failpoints__ClockOffset", ClockOffsets[_links.Count - 1])
                .WithEnvironment("Failpoints__Folder", _failpoints.FullName);
        });
    }

    /// <summary>Kills the node and starts it again when <paramref name="meanwhile"/> has ended.</summary>
    public async Task KillAsync(int node, Func<Task> meanwhile)
    {
        var name = Name(node);
        ProcessSignal.Kill(System.ProcessOf(name) ?? throw new InvalidOperationException($"{name} does not run."));
        await meanwhile();
        await System.CommandAsync(name, "restart");
    }

    /// <summary>Whoever passes the point first falls for it; completes when somebody has.</summary>
    public async Task ArmAsync(string failpoint, TimeSpan? patience = null)
    {
        var file = Path.Combine(_failpoints.FullName, failpoint);
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        await Eventually.IsAsync(() => !File.Exists(file), $"a node passes the failpoint {failpoint}", patience ?? TimeSpan.FromSeconds(10));
    }

    /// <summary>Ends every fault that is still there; completes when all is healthy.</summary>
    public async Task HealAsync()
    {
        foreach (var file in _failpoints.GetFiles())
        {
            file.Delete();
        }

        foreach (var proxy in _links.SelectMany(links => new[] { links.Redis, links.RabbitMq }))
        {
            (proxy.Mode, proxy.Delay) = (ProxyMode.Pass, TimeSpan.Zero);
        }

        // A node that crashed would come back by itself, later each time: here it need not wait.
        for (var node = 1; node <= Nodes; node++)
        {
            if (System.ProcessOf(Name(node)) is null)
            {
                await System.CommandAsync(Name(node), "restart");
            }
        }

        await System.WhenHealthyAsync();
    }

    /// <summary>The ledger over all inboxes, as the cluster tells it.</summary>
    public async Task<JsonElement> LedgerAsync()
    {
        using var http = new HttpClient();
        var body = await http.GetStringAsync(new Uri(System.Node(1), "/api/cluster"), TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("ledger").Clone();
    }

    /// <summary>Completes when every inbox has been visited since and the books balance.</summary>
    public async Task WhenBalancedAsync()
    {
        JsonElement ledger = default;
        try
        {
            await Eventually.IsAsync(async () => (ledger = await LedgerAsync()).GetProperty("difference").GetInt64() == 0, "the ledger balances");
        }
        catch
        {
            Assert.Fail($"The ledger does not balance: {ledger}");
            throw;
        }
    }

    public Task WhenHealthyAsync(int node) => System.WhenHealthAsync(node, HttpStatusCode.OK);

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        foreach (var links in _links)
        {
            await links.DisposeAsync();
        }

        _failpoints.Delete(recursive: true);
    }

    public static string Name(int node) => string.Create(CultureInfo.InvariantCulture, $"node-{node}");
}

/// <summary>The cluster that all fault cases share. Each leaves it healthy.</summary>
public sealed class FaultClusterFixture : IAsyncLifetime
{
    internal FaultCluster Cluster { get; } = new();

    public async ValueTask InitializeAsync() => await Cluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FaultyCluster : ICollectionFixture<FaultClusterFixture>
{
    public const string Name = "cluster under faults";
}
