// The client in an application's container.
using DistributedSockets.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Clients;

public sealed class ServiceCollectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Container_makes_one_client_which_connects_when_told_to_and_closes_with_it()
    {
        await using var node = await ScriptedNode.StartAsync();
        var provider = new ServiceCollection()
            .AddSingleton(node)
            .AddDistributedSocketsClient((options, services) =>
            {
                options.User = "alice";
                options.Nodes.Add(services.GetRequiredService<ScriptedNode>().Address);
            })
            .BuildServiceProvider();
        var client = provider.GetRequiredService<DistributedSocketsClient>();
        Assert.Same(client, provider.GetRequiredService<DistributedSocketsClient>());
        Assert.Equal(ClientState.Connecting, client.State);

        var connecting = client.ConnectAsync(Token);
        var connection = await node.WelcomeAsync();
        await connecting.WaitAsync(ScriptedNode.Patience, Token);
        var disposing = provider.DisposeAsync().AsTask();
        Assert.Null(await connection.TryReadAsync("nothing"));
        await connection.CloseAsync();
        await disposing.WaitAsync(ScriptedNode.Patience, Token);

        Assert.Equal(ClientState.Closed, client.State);
    }

    [Fact]
    public async Task Client_logs_and_tells_the_time_as_the_application_does()
    {
        var log = new Support.RecordingLogger();
        await using var node = await ScriptedNode.StartAsync();
        await using var provider = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(new OneLog(log)))
            .AddDistributedSocketsClient(options =>
            {
                options.User = "alice";
                options.Nodes.Add(node.Address);
            })
            .BuildServiceProvider();

        _ = provider.GetRequiredService<DistributedSocketsClient>().ConnectAsync(Token);
        await node.WelcomeAsync();

        await Support.Eventually.IsAsync(() => log.Lines.Any(line => line.Text.StartsWith("Connected to", StringComparison.Ordinal)), "the log says so", ScriptedNode.Patience);
    }

    [Theory]
    [InlineData("Nodes", "alice", null, 1)]
    [InlineData("Nodes", "alice", "ftp://a", 1)]
    [InlineData("User", null, "http://a", 1)]
    [InlineData("OutboxCapacity", "alice", "http://a", 0)]
    public async Task Setting_that_makes_no_sense_is_named(string setting, string? user, string? node, int capacity)
    {
        await using var provider = new ServiceCollection()
            .AddDistributedSocketsClient(options =>
            {
                (options.User, options.OutboxCapacity) = (user, capacity);
                if (node is not null)
                {
                    options.Nodes.Add(new Uri(node));
                }
            })
            .BuildServiceProvider();

        var refused = Assert.ThrowsAny<ArgumentException>(() => provider.GetRequiredService<DistributedSocketsClient>());

        Assert.Contains(setting, refused.Message, StringComparison.Ordinal);
    }

    private sealed class OneLog(Support.RecordingLogger log) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
        }
    }
}
