// The lines of a pane, bounded.
namespace DistributedSockets.Web.Chat;

/// <summary>The lines of a pane. A full history forgets its oldest line: the page is a window, not an archive.</summary>
internal sealed class ChatHistory(int capacity)
{
    private readonly Queue<ChatMessage> _messages = new();

    public IReadOnlyCollection<ChatMessage> Messages => _messages;

    /// <summary>How many lines were forgotten; also the number of the first line that is left, which keeps a line's key stable.</summary>
    public long Forgotten { get; private set; }

    public void Add(ChatMessage message)
    {
        if (_messages.Count == capacity)
        {
            _messages.Dequeue();
            Forgotten++;
        }

        _messages.Enqueue(message);
    }
}
