// The web application as somebody starts it outside Development.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Web;

/// <summary>A process of the web application. It ends with the test, however that ends.</summary>
internal sealed partial class AccessWebProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    public AccessWebProcess(params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Program()]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(Program()) };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Everything it printed.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Its address, once it listens.</summary>
    public async Task<Uri> WhenListeningAsync()
    {
        Match listening = Match.Empty;
        await Eventually.IsAsync(
            () =>
            {
                Assert.False(_process.HasExited, $"It ended. It printed:\n{Output}");
                listening = Listening().Match(Output);
                return listening.Success;
            },
            "the web application listens",
            Patience);
        return new Uri(listening.Groups[1].Value);
    }

    /// <summary>Its exit code, once it has ended by itself.</summary>
    public async Task<int> WhenEndedAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    /// <summary>Its own build output, beside that of the tests.</summary>
    private static string Program() => Path.Combine(
        AppContext.BaseDirectory.Replace("DistributedSockets.Tests", "DistributedSockets.Web", StringComparison.Ordinal), "DistributedSockets.Web.dll");

    [GeneratedRegex("Now listening on: (http://[^ \n]+)")]
    private static partial Regex Listening();
}
