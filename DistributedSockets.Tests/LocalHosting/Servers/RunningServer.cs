// The least that starts and ends the processes of a server, for tests of the commands themselves.
using System.Diagnostics;
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Tests.LocalHosting.Servers;

internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly List<Process> _processes = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _output = [];

    public IReadOnlyList<int> ProcessIds => [.. _processes.Select(process => process.Id)];

    /// <summary>Starts the commands in order and waits until one of them writes <paramref name="readyText"/>.</summary>
    public static async Task<RunningServer> StartAsync(IReadOnlyList<ServerCommand> commands, string readyText, CancellationToken cancellationToken)
    {
        var server = new RunningServer();
        foreach (var command in commands)
        {
            server.Start(command, readyText);
        }

        try
        {
            await server._ready.Task.WaitAsync(StartLimit, cancellationToken);
            return server;
        }
        catch (Exception exception)
        {
            await server.DisposeAsync();
            throw new InvalidOperationException(string.Join('\n', server._output), exception);
        }
    }

    /// <summary>SIGTERM in reverse order, as the orchestrator does it; fails if a process does not end by it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            using (process)
            {
                await CommandRunner.RunAsync("kill", ["-TERM", $"{process.Id}"], new Dictionary<string, string>(), EndLimit, CancellationToken.None);
                using var limit = new CancellationTokenSource(EndLimit);
                try
                {
                    await process.WaitForExitAsync(limit.Token);
                }
                catch (OperationCanceledException)
                {
                    process.Kill(entireProcessTree: true);
                    throw;
                }
            }
        }
    }

    private void Start(ServerCommand command, string readyText)
    {
        var start = new ProcessStartInfo(command.FileName, command.Arguments)
        {
            WorkingDirectory = command.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Read(line.Data, readyText);
        process.ErrorDataReceived += (_, line) => Read(line.Data, readyText);
        process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"{command.FileName} ended"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    private void Read(string? line, string readyText)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Add(line);
        }

        if (line.Contains(readyText, StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
