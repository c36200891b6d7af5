using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using DistributedSockets.LocalHosting.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedSockets.Tests.LocalHosting;

public sealed class LifecycleTests
{
    // The shell waits in the background command, so that it can act on SIGTERM at once.
    private const string SaysGoodbye = "trap 'echo goodbye; exit 0' TERM; echo hello; sleep 600 & wait";

    [Fact]
    public async Task A_resource_waits_until_what_it_waits_for_is_healthy()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        var healthy = false;
        test.Builder.Services.AddHealthChecks().AddCheck("gate", () => healthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        var server = test.AddScript("server", SaysGoodbye).WithAnnotation(new HealthCheckAnnotation("gate"));
        test.AddScript("node", SaysGoodbye).WaitFor(server);

        await test.StartAsync(deadline.Token);
        await test.Notifications.WaitForResourceAsync("server", KnownResourceStates.Running, deadline.Token);
        await test.Notifications.WaitForResourceAsync("node", KnownResourceStates.Waiting, deadline.Token);
        Assert.DoesNotContain("node: hello", test.Lines);
        healthy = true;

        await test.Notifications.WaitForResourceHealthyAsync("node", deadline.Token);
    }

    [Fact]
    public async Task A_resource_gives_up_when_what_it_waits_for_fails()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        var server = test.Builder.AddExecutable("server", "no-such-program", ".");
        test.AddScript("node", SaysGoodbye).WaitFor(server);

        await test.StartAsync(deadline.Token);

        await test.Notifications.WaitForResourceAsync("node", KnownResourceStates.FailedToStart, deadline.Token);
        await Assert.ThrowsAsync<DistributedApplicationException>(() => test.Notifications.WaitForResourceHealthyAsync("server", deadline.Token));
        Assert.Contains(test.Lines, line => line.StartsWith("server: failed to start:", StringComparison.Ordinal) && line.Contains("no-such-program"));
    }

    [Fact]
    public async Task Dependents_stop_first()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        var server = test.AddScript("server", SaysGoodbye);
        var node = test.AddScript("node", SaysGoodbye).WithHttpEndpoint().WaitFor(server);
        test.AddScript("web", SaysGoodbye).WithReference(node);
        await test.StartAsync(deadline.Token);
        await deadline.UntilAsync(() => test.Lines.Count(line => line.EndsWith(": hello", StringComparison.Ordinal)) == 3);

        await test.Application.StopAsync(deadline.Token);

        Assert.Equal(["web: goodbye", "node: goodbye", "server: goodbye"], test.Lines.Where(line => line.EndsWith("goodbye", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_process_that_ignores_the_request_is_killed_with_its_children()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication("--LocalHosting:StopSeconds:Executable=0.2");
        test.AddScript("stubborn", "trap '' TERM; sleep 600 & echo child $!; wait; sleep 600");
        await test.StartAsync(deadline.Token);
        var child = int.Parse((await test.LineAsync("stubborn: child ", deadline.Token)).Split(' ')[^1]);
        Assert.NotNull(ProcessIdentity.Of(child));

        await test.Application.StopAsync(deadline.Token);

        await deadline.UntilAsync(() => ProcessIdentity.Of(child) is null);
    }

    [Fact]
    public async Task Commands_stop_and_start_a_resource_on_the_same_port()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        test.AddScript("node", SaysGoodbye).WithHttpEndpoint();
        await test.StartAsync(deadline.Token);
        var first = await test.ProcessIdAsync("node", _ => true, deadline.Token);
        var address = test.Application.GetEndpoint("node");

        Assert.True((await test.Application.ResourceCommands.ExecuteCommandAsync("node", "stop", deadline.Token)).Success);
        Assert.Null(ProcessIdentity.Of(first));
        Assert.True(test.Notifications.TryGetCurrentState("node", out var stopped));
        Assert.Equal(KnownResourceStates.Exited, stopped.Snapshot.State?.Text);
        Assert.True((await test.Application.ResourceCommands.ExecuteCommandAsync(stopped.ResourceId, "start", deadline.Token)).Success);

        await test.ProcessIdAsync("node", pid => pid != first, deadline.Token);
        Assert.Equal(address, test.Application.GetEndpoint("node"));
        Assert.False((await test.Application.ResourceCommands.ExecuteCommandAsync("node", "dance", deadline.Token)).Success);
    }

    [Fact]
    public async Task A_killed_project_is_back_by_itself()
    {
        using var deadline = new Deadline();
        await using var test = new TestApplication();
        test.Builder.AddProject<Projects.DistributedSockets_SocketNode>("node-1", launchProfileName: null).WithHttpEndpoint();
        await test.StartAsync(deadline.Token);
        var first = await test.ProcessIdAsync("node-1", _ => true, deadline.Token);

        Signals.Send(first, Signals.Kill);

        await test.ProcessIdAsync("node-1", pid => pid != first, deadline.Token);
        Assert.Contains("node-1: ended with exit code 137; starting again in 1 s", test.Lines);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_the_option_that_moves_it()
    {
        using var deadline = new Deadline();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var test = new TestApplication("--DcpPublisher:RandomizePorts=false", $"--FirstNodePort={port - 1}", $"--LastNodePort={port + 1}");
        test.AddScript("node-2", SaysGoodbye).WithHttpEndpoint(port: port);

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => test.StartAsync(deadline.Token));

        Assert.Contains($"Port {port}, which node-2 is to listen on, is taken.", exception.Message);
        Assert.Contains("--FirstNodePort", exception.Message);
    }
}
