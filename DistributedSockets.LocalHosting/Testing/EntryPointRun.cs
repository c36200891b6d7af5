// An AppHost's real entry point, run inside a test: it describes the application, then waits while the test uses it.
using System.Reflection;

namespace Aspire.Hosting;

internal sealed class EntryPointRun(Assembly assembly, string[] args)
{
    // The entry point's thread carries its run along, so two applications in one process never meet.
    private static readonly AsyncLocal<EntryPointRun?> Running = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _described = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _buildWanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static EntryPointRun? Current => Running.Value;

    public Assembly Assembly => assembly;

    public Task Disposed => _disposed.Task;

    /// <summary>The builder as Program.cs leaves it, at its call of Build.</summary>
    public Task<DistributedApplicationBuilder> DescribeAsync(CancellationToken cancellationToken)
    {
        // A thread of its own, because the entry point blocks until the test has ended.
        new Thread(InvokeEntryPoint) { IsBackground = true, Name = $"{assembly.GetName().Name} entry point" }.Start();
        return _described.Task.WaitAsync(cancellationToken);
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _buildWanted.TrySetResult();
        return _built.Task.WaitAsync(cancellationToken);
    }

    public void OnBuilding(DistributedApplicationBuilder builder)
    {
        _described.TrySetResult(builder);
        _buildWanted.Task.GetAwaiter().GetResult();
    }

    public void OnBuilt(DistributedApplication application) => _built.TrySetResult(application);

    /// <summary>The end of the test: the entry point may return, or, if it never got to build, gives up.</summary>
    public void OnDisposed()
    {
        _buildWanted.TrySetCanceled();
        _disposed.TrySetResult();
    }

    private void InvokeEntryPoint()
    {
        Running.Value = this;
        try
        {
            var entryPoint = assembly.EntryPoint ?? throw new InvalidOperationException($"{assembly.GetName().Name} has no entry point.");
            var result = entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? null : [args]);
            Fail(new InvalidOperationException(
                $"The entry point of {assembly.GetName().Name} returned{(result is int code ? $" {code}" : "")} before it built its application."));
        }
        catch (TargetInvocationException exception)
        {
            var reason = exception.InnerException!;
            Fail(new InvalidOperationException($"The entry point of {assembly.GetName().Name} failed before it built its application: {reason.Message}", reason));
        }
        catch (InvalidOperationException exception)
        {
            Fail(exception);
        }
    }

    private void Fail(InvalidOperationException exception)
    {
        // Whichever of the two the test is waiting for; too late for both when the application was built.
        if (!_described.TrySetException(exception))
        {
            _built.TrySetException(exception);
        }
    }
}
