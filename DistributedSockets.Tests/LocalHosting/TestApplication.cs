// An application of small programs, and everything they print, in one order.
using System.Collections.Concurrent;
using System.Threading.Channels;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.LocalHosting;

internal sealed class TestApplication : IAsyncDisposable
{
    private readonly LineRecorder _recorder = new();
    private DistributedApplication? _application;

    public TestApplication(params string[] args)
    {
        Builder = DistributedApplicationTestingBuilder.Create(args);
        Builder.Services.AddSingleton<ILoggerProvider>(_recorder);
    }

    public IDistributedApplicationTestingBuilder Builder { get; }

    public DistributedApplication Application => _application!;

    public ResourceNotificationService Notifications => Application.ResourceNotifications;

    /// <summary>All lines so far, as "resource: line".</summary>
    public IReadOnlyCollection<string> Lines => _recorder.All;

    /// <summary>A process that prints its script's lines and, unless the script ends, goes on until it is stopped.</summary>
    public IResourceBuilder<ExecutableResource> AddScript(string name, string script) => Builder.AddExecutable(name, "sh", ".", "-c", script);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _application = await Builder.BuildAsync(cancellationToken);
        await _application.StartAsync(cancellationToken);
    }

    /// <summary>The next line that begins like this.</summary>
    public async Task<string> LineAsync(string start, CancellationToken cancellationToken)
    {
        await foreach (var line in _recorder.Reader.ReadAllAsync(cancellationToken))
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"No line began with '{start}'.");
    }

    public async Task<int> ProcessIdAsync(string name, Func<int, bool> wanted, CancellationToken cancellationToken)
    {
        var running = await Notifications.WaitForResourceAsync(
            name,
            current => current.Snapshot.State?.Text == KnownResourceStates.Running && PidOf(current) is { } pid && wanted(pid),
            cancellationToken);
        return PidOf(running)!.Value;
    }

    public ValueTask DisposeAsync() => Builder.DisposeAsync();

    private static int? PidOf(ResourceEvent current) =>
        (int?)current.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value;

    private sealed class LineRecorder : ILoggerProvider
    {
        private const string Category = "AppHost.Resources.";

        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private readonly ConcurrentQueue<string> _all = new();

        public ChannelReader<string> Reader => _lines.Reader;

        public IReadOnlyCollection<string> All => _all;

        public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

        public void Dispose() => _lines.Writer.TryComplete();

        private sealed class LineLogger(LineRecorder recorder, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => category.StartsWith(Category, StringComparison.Ordinal);

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel))
                {
                    var line = $"{category[Category.Length..]}: {formatter(state, exception)}";
                    recorder._all.Enqueue(line);
                    recorder._lines.Writer.TryWrite(line);
                }
            }
        }
    }
}
