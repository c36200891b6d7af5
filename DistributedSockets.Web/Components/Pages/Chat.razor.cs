// Which panes are open, whether anybody looks at them, and what time it is there.
using DistributedSockets.Web.Chat;
using DistributedSockets.Web.Chat.Panes;
using DistributedSockets.Web.Cluster;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace DistributedSockets.Web.Components.Pages;

public sealed partial class Chat : IAsyncDisposable
{
    private readonly List<PaneStart> _panes = [];
    private DotNetObjectReference<Chat>? _self;
    private IJSObjectReference? _sight;
    private ChatLine? _journey;
    private TimeSpan _utcOffset;
    private bool _isReady;
    private bool _isWatched = true;

    /// <summary>The panes that the address asks for, such as <c>/?pane=alice@node-1&amp;pane=bob</c>.</summary>
    [SupplyParameterFromQuery] public string[]? Pane { get; set; }

    [Inject] private NodeDirectory Directory { get; set; } = null!;

    [Inject] private IJSRuntime Browser { get; set; } = null!;

    /// <summary>Called by the browser: somebody looks at the page, or has stopped.</summary>
    [JSInvokable]
    public void Watch(bool isWatched)
    {
        _isWatched = isWatched;
        StateHasChanged();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_sight is not null)
            {
                await _sight.InvokeVoidAsync("stop");
                await _sight.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone first.
        }

        _self?.Dispose();
    }

    protected override void OnInitialized()
    {
        if (Directory.Nodes.Count > 0)
        {
            // Two that write to each other: one message shows the crossing.
            string[] wanted = Pane is { Length: > 0 } ? Pane : [$"alice@{Directory.Nodes[0].Name}", $"bob@{Directory.Nodes[1 % Directory.Nodes.Count].Name}"];
            var starts = wanted.Select(Read).Where(start => start.User.Length > 0).ToList();
            _panes.AddRange(starts.Select((start, number) => start with { Peer = starts.Count < 2 ? null : starts[number == 0 ? 1 : 0].User }));
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _self = DotNetObjectReference.Create(this);
            await using var module = await Browser.InvokeAsync<IJSObjectReference>("import", "./Components/Pages/Chat.razor.js");
            _sight = await module.InvokeAsync<IJSObjectReference>("watch", _self);

            // The browser's clock, not the server's, decides what time a message shows.
            _utcOffset = TimeSpan.FromMinutes(await module.InvokeAsync<int>("utcOffset"));
            _isReady = true;
            StateHasChanged();
        }
    }

    // A name may have an @ of its own: what stands behind the last one counts if it is a node.
    private PaneStart Read(string pane)
    {
        var at = pane.LastIndexOf('@');
        return at >= 0 && Directory.Find(pane[(at + 1)..]) is { } node ? new PaneStart(pane[..at], node.Name, null) : new PaneStart(pane, null, null);
    }
}
