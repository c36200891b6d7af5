// The whole cluster: Redis, RabbitMQ, the nodes and the page. Ordinary Aspire code; LocalHosting runs the same file without Aspire.
using Microsoft.Extensions.Configuration;

#if USE_ASPIRE
if (!await DistributedSockets.AppHost.ContainerEngine.AnswersAsync())
{
    return 1;
}
#endif

var builder = DistributedApplication.CreateBuilder(args);

// appsettings.json, a variable or an argument: --nodes 5 --WebPort 9080.
var nodeCount = builder.Configuration.GetValue<int>("Nodes");
var webPort = builder.Configuration.GetValue<int>("WebPort");
var firstNodePort = builder.Configuration.GetValue<int>("FirstNodePort");
if (nodeCount is < 1 or > 16)
{
    Console.Error.WriteLine($"Nodes is {nodeCount}. Give a number from 1 to 16, for example --nodes 3.");
    return 2;
}

// Redis knows where everyone is and keeps what was not yet received, so it writes to disk before it answers.
var redis = builder.AddRedis("redis").WithArgs("--appendonly", "yes", "--appendfsync", "always", "--lazyfree-lazy-expire", "yes", "--auto-aof-rewrite-min-size", "512mb");

// RabbitMQ carries messages from node to node; its management page shows the queues.
var rabbitmq = builder.AddRabbitMQ("rabbitmq").WithManagementPlugin();

// A node that is killed is started again in local mode; Aspire leaves it down. The page says which.
#if USE_ASPIRE
const string mode = "aspire";
#else
const string mode = "local";
#endif

// The page is what people open. Without a launch profile nothing sets the environment's name: hence the line that does.
var web = builder.AddProject<Projects.DistributedSockets_Web>("web", launchProfileName: null)
    .WithHttpEndpoint(port: webPort)
    .WithExternalHttpEndpoints()
    .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
    .WithEnvironment("AppHost__Mode", mode)
    .WithHttpHealthCheck("/health");

#if USE_ASPIRE
// Aspire's dashboard collects the nodes' traces; the page says where that is.
var collects = false;
web.WithEnvironment("Traces__Url", builder.Configuration["ASPNETCORE_URLS"]?.Split(';')[0]);
#else
// The page collects the nodes' traces, unless somebody has named a collector.
var collects = builder.Configuration.GetValue<bool>("Traces") && string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
web.WithEnvironment("Traces__Collect", collects ? "true" : "false");
#endif

// The nodes are one project, started N times. Each has its own name and port, which is why they are not replicas.
for (var i = 1; i <= nodeCount; i++)
{
    // A string first: Aspire takes no number in an interpolated value.
    string serverId = $"server-{i}";
    var node = builder.AddProject<Projects.DistributedSockets_SocketNode>($"node-{i}", launchProfileName: null)
        .WithHttpEndpoint(port: firstNodePort + i - 1)
        .WithEnvironment("SERVER_ID", serverId)
        .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
        // 24 MB (hexadecimal) are allocated between two garbage collections, instead of some 9: what a busy node keeps for half a second is mostly gone by then.
        .WithEnvironment("DOTNET_GCgen0size", "1800000")
        .WithReference(redis).WaitFor(redis)
        .WithReference(rabbitmq).WaitFor(rabbitmq)
        .WithHttpHealthCheck("/health");
    if (collects)
    {
        node.WithEnvironment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", $"{web.GetEndpoint("http")}/v1/traces");
    }

    web.WithReference(node).WaitFor(node);
}

builder.Build().Run();
return Environment.ExitCode;
