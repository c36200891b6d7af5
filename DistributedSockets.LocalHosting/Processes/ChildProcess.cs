// One process of ours, in a session of its own, that never outlives the AppHost.
using System.Diagnostics;
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.LocalHosting.Processes;

internal sealed class ChildProcess : IDisposable
{
    // A grandchild that left the session may hold the output open after its parent is gone.
    private static readonly TimeSpan OutputLimit = TimeSpan.FromSeconds(2);

    // Not the AppHost's to hand on (Aspire's list): its own address, profile and environment name.
    private static readonly string[] NotInherited =
        ["ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPIRE_LOGLEVEL"];

    private readonly Process _process;

    private ChildProcess(Process process, Action<string> onLine)
    {
        _process = process;
        Id = process.Id;
        Exited = WaitForExitAsync(onLine);
    }

    /// <summary>Also the id of its session and process group.</summary>
    public int Id { get; }

    /// <summary>The exit code, once the process, what was left of its group, and its output have ended.</summary>
    public Task<int> Exited { get; }

    public static ChildProcess Start(ServerCommand command, Action<string> onLine)
    {
        var program = ExecutableSearch.Find(command.FileName)
            ?? throw new FileNotFoundException($"The program '{command.FileName}' was not found on the PATH.");
        var start = new ProcessStartInfo
        {
            WorkingDirectory = command.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var name in NotInherited)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        string[] line = OperatingSystem.IsWindows()
            ? [program, .. command.Arguments]
            : [.. Watchdog.Prefix, .. Watchdog.VariablesThatShellsDrop(start.Environment), program, .. command.Arguments];
        start.FileName = line[0];
        foreach (var argument in line.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        if (OperatingSystem.IsWindows())
        {
            JobObject.Add(process);
        }

        return new ChildProcess(process, onLine);
    }

    /// <summary>SIGTERM, then, when it takes longer than allowed or somebody is in a hurry, SIGKILL for the whole group.</summary>
    public async Task StopAsync(TimeSpan timeout, CancellationToken hurry)
    {
        if (Exited.IsCompleted)
        {
            return;
        }

        Signals.Send(Id, Signals.Terminate);
        try
        {
            await Exited.WaitAsync(timeout, hurry);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            Signals.SendToGroup(Id, Signals.Kill);
            await Exited;
        }
    }

    public void Dispose() => _process.Dispose();

    private async Task<int> WaitForExitAsync(Action<string> onLine)
    {
        var output = Task.WhenAll(ReadLinesAsync(_process.StandardOutput, onLine), ReadLinesAsync(_process.StandardError, onLine));
        await _process.WaitForExitAsync();

        // The watchdog is of the group and alive, so the group's number can't belong to anybody else yet.
        Signals.SendToGroup(Id, Signals.Kill);
        await _process.StandardInput.DisposeAsync();
        await Task.WhenAny(output, Task.Delay(OutputLimit));
        return _process.ExitCode;
    }

    private static async Task ReadLinesAsync(StreamReader reader, Action<string> onLine)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                onLine(line);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Closed under a read: the process is gone and its output with it.
        }
    }
}
