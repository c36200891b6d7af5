// The whole system as its users start it: the AppHost's own program, real processes, real Redis and RabbitMQ.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using RabbitMQ.Client;
using StackExchange.Redis;

namespace DistributedSockets.Tests.Support;

/// <summary>What a node tells at <c>/info</c>.</summary>
internal sealed record NodeFacts(string Node, long Incarnation, int Connections, int Users, string Mode, int Pid)
{
    public NodeIncarnation Self => new(new NodeId(Node), Incarnation);
}

/// <summary>The whole system as its users start it. Nodes are numbered from 1, as <c>node-1</c> and <c>server-1</c> are.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    /// <summary>How long a dead node's name is kept: the default, which no test changes.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);

    // The first start of all may unpack Redis and RabbitMQ.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(60);

    private readonly IDistributedApplicationTestingBuilder _builder;
    private readonly DistributedApplication _app;
    private readonly IConnectionMultiplexer _redis;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly HashSet<int> _processes = [];

    private RunningCluster(IDistributedApplicationTestingBuilder builder, DistributedApplication app, IConnectionMultiplexer redis)
    {
        _builder = builder;
        _app = app;
        _redis = redis;
    }

    public int NodeCount { get; private init; }

    public IDatabase Redis => _redis.GetDatabase();

    public IServer RedisServer => _redis.GetServers()[0];

    public Uri Web => _app.GetEndpoint("web", "http");

    /// <summary>Starts it and returns when everything is healthy. <paramref name="change"/> is called for each node of the AppHost's model before the start.</summary>
    /// <param name="traces">Whether the nodes export to the page. A message that is traced takes the way of envelopes, which most tests shall not be confined to.</param>
    public static async Task<RunningCluster> StartAsync(int nodes, Action<IDistributedApplicationTestingBuilder, IResourceBuilder<ProjectResource>>? change = null, bool traces = false)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(StartLimit);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.DistributedSockets_AppHost>(
            ["--nodes", nodes.ToString(CultureInfo.InvariantCulture), "--Traces", traces ? "true" : "false"], limit.Token);
        for (var number = 1; number <= nodes; number++)
        {
            string name = $"node-{number}";
            change?.Invoke(builder, builder.CreateResourceBuilder<ProjectResource>(name));
        }

        var app = await builder.BuildAsync(limit.Token);
        try
        {
            await app.StartAsync(limit.Token);
            await WhenHealthyAsync(app, "redis", StartLimit);
            var address = await app.GetConnectionStringAsync("redis", limit.Token);
            var redis = await ConnectionMultiplexer.ConnectAsync($"{address},allowAdmin=true,abortConnect=false");
            var cluster = new RunningCluster(builder, app, redis) { NodeCount = nodes };
            await cluster.WhenHealthyAsync();
            return cluster;
        }
        catch
        {
            await app.DisposeAsync();
            await builder.DisposeAsync();
            throw;
        }
    }

    public Uri Node(int number)
    {
        string name = $"node-{number}";
        return _app.GetEndpoint(name, "http");
    }

    /// <summary>A name that no other test uses.</summary>
    public static string NewUser(string name) => $"{name}-{Guid.NewGuid().ToString("N")[..8]}";

    public Task<TestClient> ConnectAsync(string user, int node, bool reads = true) => TestClient.ConnectAsync(Node(node), user, reads);

    public async Task<string> ConnectionStringAsync(string resource) =>
        await _app.GetConnectionStringAsync(resource, TestContext.Current.CancellationToken)
        ?? throw new InvalidOperationException($"{resource} has no connection string.");

    public async Task<IConnection> ConnectToRabbitMqAsync() =>
        await new ConnectionFactory { Uri = new Uri(await ConnectionStringAsync("rabbitmq")) }.CreateConnectionAsync(TestContext.Current.CancellationToken);

    /// <summary>Null while it does not run.</summary>
    public int? ProcessOf(string resource) => _app.ResourceNotifications.TryGetCurrentState(resource, out var current)
        ? current.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value as int?
        : null;

    /// <summary>Gives one of "start", "stop" and "restart".</summary>
    public async Task CommandAsync(string resource, string command)
    {
        RecordProcesses();
        var target = _builder.Resources.Single(candidate => candidate.Name == resource);
        var result = await _app.ResourceCommands.ExecuteCommandAsync(target, command, TestContext.Current.CancellationToken).WaitAsync(HealthLimit);
        Assert.True(result.Success, $"{command} {resource} failed");
    }

    /// <summary>Completes when the page and every node, and with them Redis and RabbitMQ, are healthy.</summary>
    public async Task WhenHealthyAsync()
    {
        string[] names = ["redis", "rabbitmq", "web", .. Enumerable.Range(1, NodeCount).Select(number => $"node-{number}")];
        await Task.WhenAll(names.Select(name => WhenHealthyAsync(_app, name, HealthLimit)));
        for (var number = 1; number <= NodeCount; number++)
        {
            await WhenHealthAsync(number, HttpStatusCode.OK);
        }

        RecordProcesses();
    }

    /// <summary>Completes when the node itself answers its health check like that. "degraded" counts as 200.</summary>
    public Task WhenHealthAsync(int node, HttpStatusCode status, TimeSpan? patience = null) =>
        Eventually.IsAsync(async () => await GetHealthAsync(node) == status, $"node-{node} answers /health with {(int)status}", patience ?? HealthLimit);

    /// <summary>Null when it does not answer.</summary>
    public async Task<NodeFacts?> TryInfoAsync(int node)
    {
        try
        {
            var facts = await _http.GetFromJsonAsync<NodeFacts>(new Uri(Node(node), "/info"), TestContext.Current.CancellationToken);
            lock (_processes)
            {
                _processes.Add(facts!.Pid);
            }

            return facts;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task<NodeFacts> InfoAsync(int node) => await TryInfoAsync(node) ?? throw new InvalidOperationException($"node-{node} does not answer /info");

    /// <summary>The user's sessions as they stand in Redis, whether their nodes live or not.</summary>
    public async Task<IReadOnlyList<Session>> SessionsAsync(string user)
    {
        var id = new UserId(user);
        return SessionCodec.ReadAll(id, await Redis.HashGetAllAsync(RedisKeys.Sessions(id)));
    }

    /// <summary>Completes when Redis has no session of the user any more: whatever their last connection had to finish is finished.</summary>
    public Task WhenGoneAsync(string user, TimeSpan? patience = null) =>
        Eventually.IsAsync(async () => (await SessionsAsync(user)).Count == 0, $"the sessions of {user} are gone from Redis", patience);

    public Task<long> InboxLengthAsync(string user) => Redis.StreamLengthAsync(RedisKeys.Inbox(new UserId(user)));

    public Task WhenStoredAsync(string user, int count) =>
        Eventually.IsAsync(async () => await InboxLengthAsync(user) == count, $"{count} messages are in the inbox of {user}");

    public async ValueTask DisposeAsync()
    {
        RecordProcesses();
        await _redis.DisposeAsync();
        _http.Dispose();
        await _app.DisposeAsync();
        await _builder.DisposeAsync();
        Assert.DoesNotContain(_processes, IsAlive);
    }

    private static async Task WhenHealthyAsync(DistributedApplication app, string name, TimeSpan limit)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(limit);
        try
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(name, WaitBehavior.WaitOnResourceUnavailable, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            var state = app.ResourceNotifications.TryGetCurrentState(name, out var current)
                ? $"{current.Snapshot.State?.Text}, health {current.Snapshot.HealthStatus}, exit code {current.Snapshot.ExitCode}"
                : "unknown";
            Assert.Fail($"{name} is not healthy after {limit.TotalSeconds:0} s; its state is {state}");
        }
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private async Task<HttpStatusCode?> GetHealthAsync(int node)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(Node(node), "/health"), TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
        {
            return null;
        }
    }

    /// <summary>Remembers which processes there are: none of them may be left in the end.</summary>
    private void RecordProcesses()
    {
        foreach (var resource in _builder.Resources)
        {
            if (ProcessOf(resource.Name) is { } processId)
            {
                lock (_processes)
                {
                    _processes.Add(processId);
                }
            }
        }
    }
}
