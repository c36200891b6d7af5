// The logs of conversations behind a link that a test can cut.
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.Support;

/// <summary>The logs of conversations behind a link that a test can cut.</summary>
internal sealed class FaultyConversations(IMessageLog<Conversation> inner, StoreLink link) : IMessageLog<Conversation>
{
    public Task<LogAppended> AppendAsync(Conversation name, IReadOnlyList<RoomMessage> messages, LogEnd seen, CancellationToken cancellationToken) =>
        link.PassAsync("EnterAsync", () => inner.AppendAsync(name, messages, seen, cancellationToken), Away);

    public Task<LogAppended> ChangeAsync(Conversation name, RoomChange change, LogEnd seen, CancellationToken cancellationToken) =>
        link.PassAsync("ChangeMessageAsync", () => inner.ChangeAsync(name, change, seen, cancellationToken), Away);

    public Task<LogPage> ReadHistoryAsync(Conversation name, LogRange range, int limit, CancellationToken cancellationToken) =>
        link.PassAsync("ReadConversationAsync", () => inner.ReadHistoryAsync(name, range, limit, cancellationToken), Away);

    private static InboxUnavailableException Away() => new("the link is cut", new TimeoutException());
}
