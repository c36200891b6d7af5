// A server that the tests talk to directly: given by a connection string, or started once for the whole run.
using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace DistributedSockets.Tests.Support;

/// <summary>A server that the tests talk to directly. It is started when the first test asks for it; with <c>ConnectionStrings__name</c> set, that one is used.</summary>
internal sealed class TestServer(string name, Action<IDistributedApplicationTestingBuilder> add) : IAsyncDisposable
{
    // The first start of all may unpack the server.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly Lock _gate = new();
    private Task<Started>? _started;

    public async Task<string> ConnectionStringAsync()
    {
        if (Environment.GetEnvironmentVariable($"ConnectionStrings__{name}") is { Length: > 0 } given)
        {
            return given;
        }

        Task<Started> started;
        lock (_gate)
        {
            started = _started ??= StartAsync();
        }

        return (await started).ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (_started is not null)
        {
            var started = await _started;
            await started.App.DisposeAsync();
            await started.Builder.DisposeAsync();
        }
    }

    /// <summary>For all tests, so no test's end may cancel it.</summary>
    private async Task<Started> StartAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        var builder = DistributedApplicationTestingBuilder.Create();
        add(builder);
        var app = await builder.BuildAsync(limit.Token);
        await app.StartAsync(limit.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(name, limit.Token);
        var connectionString = await app.GetConnectionStringAsync(name, limit.Token) ?? throw new InvalidOperationException($"{name} has no connection string.");
        return new Started(builder, app, connectionString);
    }

    private sealed record Started(IDistributedApplicationTestingBuilder Builder, DistributedApplication App, string ConnectionString);
}
