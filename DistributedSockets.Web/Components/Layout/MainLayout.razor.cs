// Light or dark: the system's choice, until the visitor makes another, which the browser keeps.
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;

namespace DistributedSockets.Web.Components.Layout;

public sealed partial class MainLayout
{
    private const string ChoiceKey = "ds.dark";

    private MudThemeProvider _theme = null!;
    private ElementReference _main;
    private bool _dark;
    private bool _chosen;
    private bool _ready;

    [Inject] private IJSRuntime Browser { get; set; } = null!;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        var choice = await Browser.InvokeAsync<string?>("localStorage.getItem", ChoiceKey);
        _chosen = bool.TryParse(choice, out var chosen);
        _dark = _chosen ? chosen : await _theme.GetSystemDarkModeAsync();
        await _theme.WatchSystemDarkModeAsync(FollowSystemAsync);

        // The content waits for the colours, so that nobody sees the wrong ones flash.
        _ready = true;
        StateHasChanged();
    }

    private Task FollowSystemAsync(bool dark)
    {
        if (!_chosen)
        {
            _dark = dark;
            StateHasChanged();
        }

        return Task.CompletedTask;
    }

    private async Task ToggleAsync()
    {
        _chosen = true;
        _dark = !_dark;
        await Browser.InvokeVoidAsync("localStorage.setItem", ChoiceKey, _dark.ToString());
    }

    // By hand: an address of "#main" alone would lead to the first page, since that is the document's base.
    private Task SkipAsync() => _main.FocusAsync().AsTask();
}
