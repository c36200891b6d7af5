// A pane as the person at it sees it; what it shows lives on without it.
using DistributedSockets.Client;
using Microsoft.AspNetCore.Components;

namespace DistributedSockets.Web.Chat.Panes;

public sealed partial class ChatPane : IDisposable
{
    private ConversationThread? _thread;
    private bool _focusThread;

    [Parameter, EditorRequired] public ChatSession Session { get; set; } = null!;

    [Parameter, EditorRequired] public TimeSpan UtcOffset { get; set; }

    [Parameter, EditorRequired] public EventCallback OnClose { get; set; }

    [Parameter] public EventCallback<ChatLine> OnJourney { get; set; }

    private string? News => Session switch
    {
        { State: SessionState.Recovering or SessionState.Closed or SessionState.Connecting, Reason: { } reason } => $"{char.ToUpperInvariant(reason[0])}{reason[1..].TrimEnd('.')}.",
        { State: SessionState.Connected, IsResumed: true } => $"Resumed on {Session.Node}, {Session.CaughtUp} {(Session.CaughtUp == 1 ? "message" : "messages")} caught up.",
        _ => null,
    };

    private string? UnreadText => string.Join(" ", Session.Conversations.Where(known => known.Unread > 0).Select(known => $"{known.Unread} unread from {known.Name}."));

    public void Dispose() => Session.Changed -= StateHasChanged;

    protected override void OnInitialized() => Session.Changed += StateHasChanged;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focusThread && _thread is not null)
        {
            _focusThread = false;
            await _thread.FocusAsync();
        }
    }

    private void Select(Conversation conversation)
    {
        Session.Select(conversation);
        _focusThread = true;
    }

    private async Task OpenAsync(Target target)
    {
        await Session.OpenAsync(target);
        _focusThread = Session.Selected?.Target == target;
    }
}
