// The generator's process, as the one who orders sees it.
using System.Diagnostics;
using System.Text.Json;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.LocalHosting.Processes;

namespace DistributedSockets.Benchmarks.Running;

internal sealed class GeneratorProcess : IDisposable
{
    private readonly Process _process;

    public GeneratorProcess() => _process = Process.Start(new ProcessStartInfo(DotNetHost.Path, [typeof(GeneratorProcess).Assembly.Location, "generate"])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    public async Task<Figures> RunAsync(Order order, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order, OrderJson.Default.Order).AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        return line is null ? Figures.Failed("The generator has ended.") : JsonSerializer.Deserialize(line, OrderJson.Default.Figures)!;
    }

    public void Dispose()
    {
        // The end of its input is its end.
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
