// A pane, from its first connection to its last.
using DistributedSockets.Client;
using DistributedSockets.Web.Chat.Clients;
using DistributedSockets.Web.Chat.Journeys;
using Microsoft.AspNetCore.Components;

namespace DistributedSockets.Web.Chat.Panes;

/// <summary>What a pane is opened with.</summary>
/// <param name="Node">Where it connects first; anywhere if null.</param>
/// <param name="Peer">Whom it talks to at first; nobody if null.</param>
public sealed record PaneStart(string User, string? Node, string? Peer);

public sealed partial class ChatPane : IAsyncDisposable
{
    private ChatSession _session = null!;
    private ConversationThread? _thread;
    private bool _focusThread;

    [Parameter, EditorRequired] public PaneStart Pane { get; set; } = null!;

    [Parameter, EditorRequired] public TimeSpan UtcOffset { get; set; }

    /// <summary>Whether anybody looks at the page.</summary>
    [Parameter, EditorRequired] public bool IsWatched { get; set; }

    [Parameter, EditorRequired] public EventCallback OnClose { get; set; }

    [Parameter] public EventCallback<ChatLine> OnJourney { get; set; }

    [Inject] private ChatClients Clients { get; set; } = null!;

    [Inject] private JourneyBook Journeys { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    private string? News => _session switch
    {
        { State: SessionState.Recovering or SessionState.Closed or SessionState.Connecting, Reason: { } reason } => $"{char.ToUpperInvariant(reason[0])}{reason[1..].TrimEnd('.')}.",
        { State: SessionState.Connected, IsResumed: true } => $"Resumed on {_session.Node}, {_session.CaughtUp} {(_session.CaughtUp == 1 ? "message" : "messages")} caught up.",
        _ => null,
    };

    private string? UnreadText => string.Join(" ", _session.Conversations.Where(known => known.Unread > 0).Select(known => $"{known.Unread} unread from {known.Name}."));

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    protected override void OnInitialized()
    {
        _session = new ChatSession(Pane.User, Pane.Node, Clients, Journeys, PostAsync, Time);
        if (Pane.Peer is { } peer)
        {
            _ = _session.OpenAsync(peer);
        }

        _ = _session.GoOnlineAsync();
    }

    protected override void OnParametersSet()
    {
        if (IsWatched != _session.IsWatched)
        {
            _session.Watch(IsWatched);
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focusThread && _thread is not null)
        {
            _focusThread = false;
            await _thread.FocusAsync();
        }
    }

    private Task PostAsync(Action change) => InvokeAsync(() =>
    {
        change();
        StateHasChanged();
    });

    private void Select(Conversation conversation)
    {
        _session.Select(conversation);
        _focusThread = true;
    }

    private async Task OpenAsync(Target target)
    {
        await _session.OpenAsync(target);
        _focusThread = _session.Selected?.Target == target;
    }
}
