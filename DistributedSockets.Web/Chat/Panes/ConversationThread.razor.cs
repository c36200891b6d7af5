// One conversation as the person at the pane sees it.
using Microsoft.AspNetCore.Components;

namespace DistributedSockets.Web.Chat.Panes;

public sealed partial class ConversationThread
{
    private Composer _composer = null!;
    private ChatLine? _editing;

    [Parameter, EditorRequired] public ChatSession Session { get; set; } = null!;

    [Parameter, EditorRequired] public Conversation Conversation { get; set; } = null!;

    [Parameter, EditorRequired] public TimeSpan UtcOffset { get; set; }

    [Parameter] public EventCallback<ChatLine> OnJourney { get; set; }

    private string About => Conversation switch
    {
        { IsRoom: true, Name: ChatSession.Everyone } => "everyone who is connected",
        { IsRoom: true, IsMember: false } => "you have left this room",
        { IsRoom: true, Members: 1 } => "1 member",
        { IsRoom: true, Members: { } count } => $"{count} members",
        { IsRoom: true } => "a room",
        { IsOnline: true } => "online",
        { IsOnline: false, Since: { } since } => $"offline since {since.ToOffset(UtcOffset):HH:mm}",
        { IsOnline: false } => "was never here",
        _ => "presence is not known now",
    };

    private string TypingText => Conversation.Typists.Count == 1 ? $"{Conversation.Typists[0]} is typing…" : $"{string.Join(", ", Conversation.Typists)} are typing…";

    private string? Obstacle => Conversation switch
    {
        { Name: ChatSession.Everyone, IsRoom: true } => "Only a back end writes here",
        { IsMember: false } => "You are not in this room any more",
        _ when Session.State == SessionState.Offline => "Go online to write",
        _ when Session.State == SessionState.Closed => "The connection is closed",
        _ => null,
    };

    public ValueTask FocusAsync() => _composer.FocusAsync();

    private async Task SubmitAsync(string text)
    {
        if (_editing is { } line)
        {
            _editing = null;
            if (text != line.Text)
            {
                await Session.EditAsync(Conversation, line, text);
            }
        }
        else
        {
            Session.Send(Conversation, text);
        }
    }

    private void EditLast() => _editing = Conversation.Lines.LastOrDefault(line => line.CanChange);
}
