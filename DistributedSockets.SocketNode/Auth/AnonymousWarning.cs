// Says at start that everybody is believed, where that is not the usual thing.
namespace DistributedSockets.SocketNode.Auth;

/// <summary>Outside Development anonymous mode was asked for by name; whoever reads the log should know.</summary>
internal sealed partial class AnonymousWarning(IHostEnvironment environment, ILogger<AnonymousWarning> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment())
        {
            LogAnonymous(environment.EnvironmentName);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(8002, LogLevel.Warning, "Auth:Mode is anonymous in {Environment}: anybody who reaches this node can be any user")]
    private partial void LogAnonymous(string environment);
}
