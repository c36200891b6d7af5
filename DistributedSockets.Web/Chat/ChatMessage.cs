// One line of a pane: a message sent or received, or news of the connection itself.
namespace DistributedSockets.Web.Chat;

internal enum ChatMessageKind
{
    Sent,
    Received,

    /// <summary>News of the connection itself.</summary>
    Notice,
}

/// <summary>One line of a pane.</summary>
/// <param name="Peer">Whom it was sent to or came from; empty for a notice.</param>
/// <param name="IsJson">The body is no string: <paramref name="Text"/> is its JSON.</param>
/// <param name="Node">The node that the pane was connected to.</param>
internal sealed record ChatMessage(ChatMessageKind Kind, string Peer, string Text, bool IsJson, string Node, DateTimeOffset At);
