// Runs a short-lived command to its end, with a time limit and its output captured.
using System.ComponentModel;
using System.Diagnostics;

namespace DistributedSockets.LocalHosting.Servers;

internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>What a user needs to see of a failure: apt writes its reasons last.</summary>
    public string LastLines =>
        string.Join('\n', (string.IsNullOrWhiteSpace(Error) ? Output : Error).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(8));
}

internal static class CommandRunner
{
    public static async Task<CommandResult> RunAsync(
        string fileName,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            return new CommandResult(-1, "", exception.Message);
        }

        using (process)
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
            try
            {
                await process.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
                return new CommandResult(-1, "", $"No end after {limit.TotalSeconds:0} s.");
            }

            return new CommandResult(process.ExitCode, await output, await error);
        }
    }
}
