// A pane's lines are bounded.
using DistributedSockets.Web.Chat;

namespace DistributedSockets.Tests.Web;

public sealed class ChatHistoryTests
{
    [Fact]
    public void A_full_history_forgets_its_oldest_line_and_counts_it()
    {
        var history = new ChatHistory(capacity: 2);
        foreach (var text in new[] { "one", "two", "three" })
        {
            history.Add(new ChatMessage(ChatMessageKind.Received, "alice", text, IsJson: false, "node-1", DateTimeOffset.UnixEpoch));
        }

        Assert.Equal(["two", "three"], history.Messages.Select(message => message.Text));
        Assert.Equal(1, history.Forgotten);
    }
}
