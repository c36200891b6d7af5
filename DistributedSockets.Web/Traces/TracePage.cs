// What the pages of traces have in common: they follow what arrives, and show times as the browser's clock has them.
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace DistributedSockets.Web.Traces;

/// <summary>Looks twice a second whether there is news, and reads it.</summary>
public abstract class TracePage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private PeriodicTimer? _timer;
    private long _version;
    private TimeSpan _utcOffset;

    [Inject] internal TraceRing Ring { get; set; } = null!;

    [Inject] internal TraceOptions Options { get; set; } = null!;

    [Inject] internal TraceIntake Intake { get; set; } = null!;

    [Inject] internal TimeProvider Time { get; set; } = null!;

    [Inject] internal IJSRuntime Browser { get; set; } = null!;

    /// <summary>News is not shown while somebody reads.</summary>
    protected bool IsHeld { get; set; }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _timer?.Dispose();
    }

    /// <summary>Takes what is to be shown from the ring.</summary>
    protected abstract void Read();

    protected override void OnInitialized()
    {
        _timer = new PeriodicTimer(Period, Time);
        _ = FollowAsync(_timer);
    }

    protected override void OnParametersSet() => ReadNow();

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            var now = await Browser.InvokeConstructorAsync("Date");
            _utcOffset = -TimeSpan.FromMinutes(await now.InvokeAsync<int>("getTimezoneOffset"));
            await now.DisposeAsync();
            StateHasChanged();
        }
    }

    protected void ReadNow()
    {
        _version = Ring.Version;
        Read();
    }

    /// <summary>By the browser's clock.</summary>
    protected DateTime Local(DateTime utc) => utc + _utcOffset;

    // Ends with the page, which disposes of the timer.
    private async Task FollowAsync(PeriodicTimer timer)
    {
        while (await timer.WaitForNextTickAsync())
        {
            if (!IsHeld && Ring.Version != _version)
            {
                ReadNow();
                StateHasChanged();
            }
        }
    }
}
