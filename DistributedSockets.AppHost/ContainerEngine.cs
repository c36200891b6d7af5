// Aspire mode only: says which mode this is and asks the container engine whether it is there, before Aspire starts to wait for it.
#if USE_ASPIRE
using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;

namespace DistributedSockets.AppHost;

internal static class ContainerEngine
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public static async Task<bool> AnswersAsync()
    {
        // Whatever is built or run from here on decides as this build did.
        Environment.SetEnvironmentVariable("UseAspire", "true");
        var reason = typeof(ContainerEngine).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(metadata => metadata.Key == "UseAspireReason")?.Value;
        Console.WriteLine($"Hosting mode: Aspire ({reason}; UseAspire=false runs local processes without containers).");

        var engine = Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME") ?? "docker";
        foreach (var command in (string[])[engine, "podman"])
        {
            if (await AnswersAsync(command))
            {
                return true;
            }
        }

        Console.Error.WriteLine($"No container engine answered within {Limit.TotalSeconds:0} s. Start it, or run without one: UseAspire=false dotnet run --project DistributedSockets.AppHost");
        return false;
    }

    private static async Task<bool> AnswersAsync(string command)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, ["version"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            try
            {
                await process.WaitForExitAsync(limit.Token);
                return process.ExitCode == 0;
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                return false;
            }
        }
        catch (Win32Exception)
        {
            // No such command.
            return false;
        }
    }
}
#endif
