// What tests in another process ask for that only the cluster's owner can do.
using DistributedSockets.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Clients;

/// <summary>Answers <c>POST /healthy</c>, <c>/restart/2</c> and <c>/wipe/bob</c> when that is so, has been done.</summary>
internal sealed class TypeScriptControl : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TypeScriptControl(RunningCluster cluster)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/healthy", cluster.WhenHealthyAsync);
        _app.MapPost("/restart/{node:int}", async (int node) =>
        {
            await cluster.CommandAsync($"node-{node}", "restart");
            await cluster.WhenHealthyAsync();
        });
        _app.MapPost("/wipe/{user}", (string user) => cluster.Redis.KeyDeleteAsync([.. cluster.RedisServer.Keys(pattern: $"*{user}*")]));
    }

    public Uri Uri => new(_app.Urls.First());

    public static async Task<TypeScriptControl> StartAsync(RunningCluster cluster)
    {
        var control = new TypeScriptControl(cluster);
        await control._app.StartAsync(TestContext.Current.CancellationToken);
        return control;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
