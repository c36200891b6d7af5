// The logs of conversations behind a link that a test can cut.
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.Support;

/// <summary>The logs of conversations behind a link that a test can cut.</summary>
internal sealed class FaultyConversations(IConversationLog inner, StoreLink link) : IConversationLog
{
    public Task EnterAsync(UserId sender, UserId recipient, string life, IReadOnlyList<SentMessage> messages, CancellationToken cancellationToken) =>
        link.PassAsync(
            "EnterAsync",
            async () =>
            {
                await inner.EnterAsync(sender, recipient, life, messages, cancellationToken);
                return true;
            },
            Away);

    public Task<LogAppended> ChangeAsync(Conversation name, RoomChange change, LogEnd seen, CancellationToken cancellationToken) =>
        link.PassAsync("ChangeMessageAsync", () => inner.ChangeAsync(name, change, seen, cancellationToken), Away);

    public Task<LogPage> ReadHistoryAsync(Conversation name, LogRange range, int limit, CancellationToken cancellationToken) =>
        link.PassAsync("ReadConversationAsync", () => inner.ReadHistoryAsync(name, range, limit, cancellationToken), Away);

    private static InboxUnavailableException Away() => new("the link is cut", new TimeoutException());
}
