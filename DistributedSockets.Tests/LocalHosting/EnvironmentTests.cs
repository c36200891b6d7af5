using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace DistributedSockets.Tests.LocalHosting;

public sealed class EnvironmentTests
{
    private const string Forever = "sleep 600";

    [Fact]
    public async Task A_reference_injects_what_Aspire_injects()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        var node = test.AddScript("node-1", Forever).WithHttpEndpoint().WithHttpEndpoint(name: "ws");
        var proxied = test.Builder.AddConnectionString("proxy", ReferenceExpression.Create($"localhost:1,via={node.GetEndpoint("http")}"));
        test.Builder.AddExecutable("web", "env", ".").WithReference(node).WithReference(proxied, connectionName: "redis");

        await test.StartAsync(deadline.Token);

        // As the process itself sees it: a shell stands in between, and shells drop names with a hyphen.
        var url = test.Application.GetEndpoint("node-1").OriginalString.TrimEnd('/');
        var ws = test.Application.GetEndpoint("node-1", "ws").OriginalString.TrimEnd('/');
        string[] expected =
        [
            $"web: services__node-1__http__0={url}",
            $"web: services__node-1__ws__0={ws}",
            $"web: NODE_1_HTTP={url}",
            $"web: NODE_1_WS={ws}",
            $"web: ConnectionStrings__redis=localhost:1,via={url}",
        ];
        await deadline.UntilAsync(() => expected.All(test.Lines.Contains));
    }

    [Fact]
    public async Task Servers_inject_the_connection_string_and_its_parts()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        var redis = test.Builder.AddRedis("redis");
        var rabbitMq = test.Builder.AddRabbitMQ("rabbitmq").WithManagementPlugin();
        redis.Resource.Annotations.OfType<EndpointAnnotation>().Single().AllocatedPort = 7001;
        rabbitMq.Resource.Annotations.OfType<EndpointAnnotation>().First().AllocatedPort = 7002;
        var node = test.AddScript("node", Forever).WithReference(redis).WithReference(rabbitMq);

        var environment = await node.Resource.ResolveEnvironmentAsync(deadline.Token);

        var password = environment["REDIS_PASSWORD"];
        Assert.Matches("^[A-Za-z0-9]{22}$", password);
        Assert.Equal($"localhost:7001,password={password}", environment["ConnectionStrings__redis"]);
        Assert.Equal($"redis://:{password}@localhost:7001", environment["REDIS_URI"]);
        Assert.Equal(("localhost", "7001"), (environment["REDIS_HOST"], environment["REDIS_PORT"]));
        Assert.Equal($"amqp://guest:{environment["RABBITMQ_PASSWORD"]}@localhost:7002", environment["ConnectionStrings__rabbitmq"]);
        Assert.Equal(environment["ConnectionStrings__rabbitmq"], environment["RABBITMQ_URI"]);
        Assert.Equal(("guest", "localhost", "7002"), (environment["RABBITMQ_USERNAME"], environment["RABBITMQ_HOST"], environment["RABBITMQ_PORT"]));
    }

    [Fact]
    public async Task A_project_gets_its_address_and_its_telemetry_name()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        test.Builder.AddProject<Projects.DistributedSockets_SocketNode>("node-7", launchProfileName: null).WithHttpEndpoint();

        await test.StartAsync(deadline.Token);
        var running = await test.Notifications.WaitForResourceHealthyAsync("node-7", deadline.Token);

        var environment = running.Snapshot.EnvironmentVariables.ToDictionary(variable => variable.Name, variable => variable.Value);
        Assert.Equal(test.Application.GetEndpoint("node-7").OriginalString.TrimEnd('/'), environment["ASPNETCORE_URLS"]);
        Assert.Equal("node-7", environment["OTEL_SERVICE_NAME"]);
        Assert.Equal($"service.instance.id={running.ResourceId["node-7-".Length..]}", environment["OTEL_RESOURCE_ATTRIBUTES"]);
        Assert.Equal("simple", environment["LOGGING__CONSOLE__FORMATTERNAME"]);
        Assert.DoesNotContain("DOTNET_LAUNCH_PROFILE", environment.Keys);
        Assert.DoesNotContain("OTEL_EXPORTER_OTLP_ENDPOINT", environment.Keys);
    }

    [Fact]
    public async Task An_interpolated_value_is_filled_in_when_the_resource_starts()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        var node = test.AddScript("node", Forever).WithHttpEndpoint();
        string id = $"server-{1}";
        var endpoint = node.GetEndpoint("http");
        node.WithEnvironment("SELF", $"{id} at {endpoint.Property(EndpointProperty.HostAndPort)}");

        await test.StartAsync(deadline.Token);
        var running = await test.Notifications.WaitForResourceHealthyAsync("node", deadline.Token);

        Assert.Equal($"server-1 at localhost:{endpoint.Port}", running.Snapshot.EnvironmentVariables.Single(variable => variable.Name == "SELF").Value);
    }

    [Fact]
    public async Task The_later_callback_wins_and_sees_what_the_earlier_set()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        var node = test.AddScript("node", Forever).WithEnvironment("A", "first").WithEnvironment("B", "kept");
        test.Builder.CreateResourceBuilder<ExecutableResource>("node")
            .WithEnvironment(context => context.EnvironmentVariables["A"] = context.EnvironmentVariables["A"] + ", then second");

        var environment = await node.Resource.ResolveEnvironmentAsync(deadline.Token);

        Assert.Equal(("first, then second", "kept"), (environment["A"], environment["B"]));
    }
}
