// The generator's process, as the one who orders sees it: one that ends or hangs costs its run, and another takes its place.
using System.Diagnostics;
using System.Text.Json;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.LocalHosting.Processes;

namespace DistributedSockets.Benchmarks.Running;

internal sealed class GeneratorProcess : IDisposable
{
    // Longer than it takes by itself to give up opening connections and waiting for what is lost.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private Process _process = Start();

    public async Task<Figures> RunAsync(Order order, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience + TimeSpan.FromSeconds(order.WarmUp + order.Seconds));
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order, OrderJson.Default.Order).AsMemory(), limit.Token);
            await _process.StandardInput.FlushAsync(limit.Token);
            if (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                return JsonSerializer.Deserialize(line, OrderJson.Default.Figures)!;
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // Ended, or hanging: both are told below.
        }

        _process.Kill();
        _process.Dispose();
        _process = Start();
        return Figures.Failed("The generator has ended or hangs.");
    }

    public void Dispose()
    {
        // The end of its input is its end.
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static Process Start() => Process.Start(new ProcessStartInfo(DotNetHost.Path, [typeof(GeneratorProcess).Assembly.Location, "generate"])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;
}
