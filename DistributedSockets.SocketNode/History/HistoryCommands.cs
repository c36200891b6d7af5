// What a ds.v1 client asks for in its conversations.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.History;

/// <summary>Carries out what a ds.v1 connection asks for in the conversations of its user. What is refused comes back as a problem.</summary>
internal sealed class HistoryCommands(HistoryReader reader)
{
    public async ValueTask<CommandProblem?> ReadAsync(Connection connection, UserId peer, LogRange range, int limit, string? id, CancellationToken cancellationToken)
    {
        try
        {
            connection.Send(new Push.Conversation(peer, await reader.ReadAsync(connection.User, peer, range, limit, cancellationToken), id));
            return null;
        }
        catch (InboxUnavailableException)
        {
            return new CommandProblem(ErrorCode.Unavailable, "the store does not answer; try again", id);
        }
    }
}
