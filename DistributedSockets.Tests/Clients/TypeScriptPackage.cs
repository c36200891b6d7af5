// The npm package clients/typescript: fetched and built by the tests that need it, and never by a build.
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using DistributedSockets.Benchmarks.Running;

namespace DistributedSockets.Tests.Clients;

internal static class TypeScriptPackage
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static string Folder { get; } = Path.Combine(Repository.Root, "clients", "typescript");

    /// <summary>Fetches what building takes, if that has changed, and builds the package and its tests.</summary>
    public static async Task BuildAsync(CancellationToken cancellationToken)
    {
        var wanted = Path.Combine(Folder, "package-lock.json");
        var stamp = Path.Combine(Folder, "node_modules", "installed");
        if (!File.Exists(stamp) || File.GetLastWriteTimeUtc(stamp) < File.GetLastWriteTimeUtc(wanted))
        {
            await SucceedAsync("npm", ["ci"], cancellationToken);
            await File.WriteAllTextAsync(stamp, "", cancellationToken);
        }

        await SucceedAsync("npm", ["run", "build"], cancellationToken);
        await SucceedAsync("npm", ["run", "build:test"], cancellationToken);
    }

    /// <summary>What Node.js is given to run all tests, one file after the other.</summary>
    public static string[] TestArguments()
    {
        var tests = Path.Combine(Folder, "test", "out");
        return
        [
            "--test", "--test-concurrency=1", "--test-reporter=./test/out/support/reporter.js", "--test-reporter-destination=stdout",
            .. Directory.GetFiles(tests, "*.test.js", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => Path.GetRelativePath(Folder, file)),
        ];
    }

    /// <summary>Runs a command in the package's folder, with all that it starts.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string command, string[] arguments, TimeSpan limit, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo(command, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(output, line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            Assert.Fail($"'{command}' was not found. The tests of the TypeScript client need Node.js 20 or later, with npm, on the PATH.");
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Keep(output, $"'{command} {string.Join(' ', arguments)}' was ended after {limit.TotalMinutes:0} minutes.");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        lock (output)
        {
            return (process.HasExited ? process.ExitCode : -1, output.ToString());
        }
    }

    private static async Task SucceedAsync(string command, string[] arguments, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(command, arguments, Limit, cancellationToken);
        Assert.True(exitCode == 0, $"'{command} {string.Join(' ', arguments)}' in {Folder} failed:\n{output}");
    }

    private static void Keep(StringBuilder output, string? line)
    {
        lock (output)
        {
            output.Append(line).Append('\n');
        }
    }
}
