// A program of the samples, with somebody at its console.
using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Clients;

internal sealed class ConsoleProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    /// <param name="folder">Where it keeps its files.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public ConsoleProgram(string folder, string program, params string[] arguments)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["TMPDIR"] = folder },
            },
        };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public IReadOnlyCollection<string> Lines => _lines;

    public Task TypeAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    public Task WhenShownAsync(string text) =>
        Eventually.IsAsync(() => _lines.Any(line => line.Contains(text, StringComparison.Ordinal)), () => $"'{text}' is shown. It has shown:\n{string.Join('\n', _lines)}", ScriptedNode.Patience);

    /// <summary>Ends its input, and waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(ScriptedNode.Patience, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
