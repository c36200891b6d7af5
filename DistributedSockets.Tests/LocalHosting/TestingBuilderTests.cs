using Aspire.Hosting;
using Aspire.Hosting.Testing;
using DistributedSockets.LocalHosting.Processes;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace DistributedSockets.Tests.LocalHosting;

public sealed class TestingBuilderTests
{
    [Fact]
    public async Task The_AppHosts_own_program_describes_the_application()
    {
        using var deadline = new Deadline();
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.DistributedSockets_AppHost>(["--nodes", "2"], deadline.Token);

        Assert.Equal(["redis", "rabbitmq", "web", "node-1", "node-2"], builder.Resources.Select(resource => resource.Name));
        Assert.Equal(Projects.DistributedSockets_AppHost.ProjectPath, builder.AppHostDirectory);
    }

    [Fact]
    public async Task A_program_that_ends_before_it_has_built_is_an_error_with_its_exit_code()
    {
        using var deadline = new Deadline();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => DistributedApplicationTestingBuilder.CreateAsync<Projects.DistributedSockets_AppHost>(["--nodes", "0"], deadline.Token));

        Assert.Contains("returned 2 before it built", exception.Message);
    }

    [Fact]
    public async Task A_program_that_throws_is_an_error_with_its_reason()
    {
        using var deadline = new Deadline();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => DistributedApplicationTestingBuilder.CreateAsync<Projects.DistributedSockets_AppHost>(["--nodes", "many"], deadline.Token));

        Assert.Contains("'many'", exception.Message);
        Assert.NotNull(exception.InnerException);
    }

    [Fact]
    public async Task Nothing_is_known_of_addresses_before_the_start()
    {
        using var deadline = new Deadline();
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.DistributedSockets_AppHost>(deadline.Token);
        await using var app = await builder.BuildAsync(deadline.Token);

        Assert.Throws<InvalidOperationException>(() => app.GetEndpoint("web"));
    }

    [Fact]
    public async Task Two_applications_run_at_once_and_one_after_the_other()
    {
        using var deadline = new Deadline(180);

        var folders = (await Task.WhenAll(RunServersAsync(deadline.Token), RunServersAsync(deadline.Token))).ToList();
        folders.Add(await RunServersAsync(deadline.Token));

        Assert.Equal(3, folders.Distinct().Count());
        Assert.DoesNotContain(folders, Directory.Exists);
    }

    [Fact]
    public async Task Redis_keeps_its_data_and_its_port_through_a_restart()
    {
        using var deadline = new Deadline(120);
        await using var test = new TestApplication();
        test.Builder.AddRedis("redis").WithArgs("--appendonly", "yes", "--appendfsync", "always");
        await test.StartAsync(deadline.Token);
        await test.Notifications.WaitForResourceHealthyAsync("redis", deadline.Token);
        var address = await test.Application.GetConnectionStringAsync("redis", deadline.Token);
        await using (var before = await ConnectionMultiplexer.ConnectAsync(address + ",allowAdmin=true"))
        {
            await before.GetDatabase().StringSetAsync("key", "value");
            Assert.Equal("always", (await before.GetServers()[0].ConfigGetAsync("appendfsync"))[0].Value);
        }

        await test.Application.ResourceCommands.ExecuteCommandAsync("redis", "restart", deadline.Token);
        await test.Notifications.WaitForResourceHealthyAsync("redis", deadline.Token);

        await using var after = await ConnectionMultiplexer.ConnectAsync(address!);
        Assert.Equal("value", await after.GetDatabase().StringGetAsync("key"));
    }

    /// <summary>Starts the AppHost as a test does, up to healthy servers; returns its run's folder.</summary>
    private static async Task<string> RunServersAsync(CancellationToken cancellationToken)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.DistributedSockets_AppHost>(["--nodes", "1"], cancellationToken);
        await using var app = await builder.BuildAsync(cancellationToken);
        await app.StartAsync(cancellationToken);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", cancellationToken);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("rabbitmq", cancellationToken);
        Assert.NotEqual(8080, app.GetEndpoint("web").Port);
        Assert.Throws<ArgumentException>(() => app.GetEndpoint("nobody"));
        return app.Services.GetRequiredService<RunFolder>().Root;
    }
}
