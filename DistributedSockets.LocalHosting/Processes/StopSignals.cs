// Everything that asks the AppHost itself to stop: Ctrl+C, SIGTERM, and the end of the `dotnet run` around it.
using System.Diagnostics;
using System.Runtime.InteropServices;
using DistributedSockets.LocalHosting.Running;
using Microsoft.Extensions.Hosting;

namespace DistributedSockets.LocalHosting.Processes;

internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan ParentPeriod = TimeSpan.FromSeconds(1);

    // An orphan has 10 s in all, so the orderly stop gets 6 of them.
    private static readonly TimeSpan OrphanLimit = TimeSpan.FromSeconds(6);

    private readonly IHostApplicationLifetime _lifetime;
    private readonly Orchestrator _orchestrator;
    private readonly List<IDisposable> _registrations = [];

    public StopSignals(IHostApplicationLifetime lifetime, Orchestrator orchestrator)
    {
        _lifetime = lifetime;
        _orchestrator = orchestrator;
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));

        // SIGKILL of `dotnet run` leaves the program behind (SIGTERM it hands on). On Windows it takes the program along.
        if (!OperatingSystem.IsWindows() && Signals.ParentId() is var parent && IsDotNet(parent))
        {
            _registrations.Add(new Timer(_ => OnParentTick(parent), null, ParentPeriod, ParentPeriod));
        }
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    // A shell may go away and leave its background programs running, as nohup means it to; `dotnet run` may not.
    private static bool IsDotNet(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.ProcessName == "dotnet";
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Asked twice: no more waiting.
            _orchestrator.Hurry(TimeSpan.Zero);
        }

        _lifetime.StopApplication();
    }

    private void OnParentTick(int parent)
    {
        if (Signals.ParentId() != parent && !_lifetime.ApplicationStopping.IsCancellationRequested)
        {
            _orchestrator.Hurry(OrphanLimit);
            _lifetime.StopApplication();
        }
    }
}
