// What somebody reads of a conversation, with all that lies in an inbox by then.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.History;

/// <summary>What somebody reads of a conversation. Messages get there a moment after they were stored: what is on its way is carried first, so that whoever was told that a message is stored finds it.</summary>
internal sealed class HistoryReader(Conversations conversations, ReceiptCourier courier)
{
    public async Task<LogPage> ReadAsync(UserId user, UserId peer, LogRange range, int limit, CancellationToken cancellationToken)
    {
        await Task.WhenAll(CarryAsync(user, cancellationToken), user == peer ? Task.CompletedTask : CarryAsync(peer, cancellationToken));
        return await conversations.ReadAsync(user, peer, range, limit, cancellationToken);
    }

    private async Task CarryAsync(UserId recipient, CancellationToken cancellationToken)
    {
        try
        {
            await courier.DeliverOwedAsync(recipient, cancellationToken);
        }
        catch (InboxUnavailableException)
        {
            // What is owed to somebody else may lie in a part of the store that is away, and this conversation in another.
        }
    }
}
