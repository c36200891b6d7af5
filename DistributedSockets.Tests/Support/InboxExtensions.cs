// What most tests of an inbox leave out.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;

namespace DistributedSockets.Tests.Support;

/// <summary>What most tests of an inbox leave out.</summary>
internal static class InboxExtensions
{
    /// <summary>Acknowledges without saying when the message there was stored.</summary>
    public static async Task<OwedPage> AcknowledgeAsync(this IInbox inbox, UserId user, DeviceId device, string? epoch, long seq, CancellationToken cancellationToken) =>
        await inbox.AcknowledgeAsync(user, device, epoch, seq, storedAt: 0, cancellationToken) ?? throw new InvalidOperationException("The inbox says that it has gone back in time.");
}
