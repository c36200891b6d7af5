// The log of each resource: on the console when people run the AppHost, to loggers when a test does.
using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.LocalHosting.Display;

internal sealed partial class ResourceLogs(
    IServiceProvider services, RunFolder folder, ILoggerFactory loggers, AppHostInfo appHost, IResourceCollection resources) : IDisposable
{
    private readonly ConsoleView? _console = services.GetService<ConsoleView>();
    private readonly HashSet<string> _servers = [.. resources.OfType<ContainerResource>().Select(server => server.Name)];
    private readonly ConcurrentDictionary<string, ResourceLog> _logs = new();

    public ResourceLog For(string resourceName) => _logs.GetOrAdd(resourceName, name =>
    {
        var path = Path.Combine(folder.Logs, name + ".log");
        if (_console is { } console)
        {
            return new ResourceLog(path, line =>
            {
                // RabbitMQ alone prints two hundred lines to say that it is up. What servers print is in their files; what is said of them, here too.
                if (line.Kind != LogLineKind.Output || !_servers.Contains(name))
                {
                    console.Write(name, line);
                }
            });
        }

        // Aspire's category.
        var logger = loggers.CreateLogger($"{appHost.Name}.Resources.{name}");
        return new ResourceLog(path, line => Forward(logger, line));
    });

    public void Dispose()
    {
        foreach (var log in _logs.Values)
        {
            log.Dispose();
        }
    }

    private static void Forward(ILogger logger, LogLine line)
    {
        if (line.Kind == LogLineKind.Problem)
        {
            LogProblem(logger, line.Text);
        }
        else
        {
            LogOutput(logger, AnsiText.Strip(line.Text));
        }
    }

    [LoggerMessage(9001, LogLevel.Information, "{Line}")]
    private static partial void LogOutput(ILogger logger, string line);

    [LoggerMessage(9002, LogLevel.Warning, "{Problem}")]
    private static partial void LogProblem(ILogger logger, string problem);
}

internal sealed class LogProgress(ResourceLog log) : IProgress<string>
{
    public void Report(string value) => log.Note(value);
}
