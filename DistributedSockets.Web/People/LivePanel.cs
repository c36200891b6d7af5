// A part of a page that asks the nodes again and again for as long as it is shown.
using DistributedSockets.Web.Cluster;
using Microsoft.AspNetCore.Components;

namespace DistributedSockets.Web.People;

/// <summary>A part of a page that asks the nodes again and again for as long as it is shown: at once, every two seconds, and when <see cref="LoadNow"/> is called.</summary>
public abstract class LivePanel : ComponentBase, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _leaving = new();
    private TaskCompletionSource _asked = NewAsk();

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    protected DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Why the last turn has brought nothing; null when it did.</summary>
    protected string? Problem { get; private set; }

    /// <summary>Asks for everything that is shown.</summary>
    protected abstract Task LoadAsync(CancellationToken cancellationToken);

    protected void LoadNow() => _asked.TrySetResult();

    // Owned by nobody's await: it ends when the panel is not shown any more.
    protected override void OnInitialized() => _ = RunAsync();

    public void Dispose()
    {
        _leaving.Cancel();
        _leaving.Dispose();
        GC.SuppressFinalize(this);
    }

    private static TaskCompletionSource NewAsk() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        var leaving = _leaving.Token;
        while (!leaving.IsCancellationRequested)
        {
            var asked = _asked = NewAsk();
            try
            {
                await LoadAsync(leaving);
                Problem = null;
            }
            catch (NodeApiException exception)
            {
                Problem = exception.Message;
            }
            catch (OperationCanceledException) when (leaving.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // A defect: the page's own way of showing one.
                await DispatchExceptionAsync(exception);
                return;
            }

            StateHasChanged();
            await asked.Task.WaitAsync(Period, Time, leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }
}
