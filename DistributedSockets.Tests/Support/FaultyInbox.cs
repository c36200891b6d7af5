// An inbox, and what is owed to senders, behind a link that a test can cut.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;

namespace DistributedSockets.Tests.Support;

/// <summary>An inbox behind a link that a test can cut.</summary>
internal sealed class FaultyInbox(InMemoryInbox inner, StoreLink link) : IInbox, IReceipts
{
    public Task<Appended> AppendAsync(UserId user, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(AppendAsync), () => inner.AppendAsync(user, envelopes, cancellationToken), Away);

    public Task<bool> IsReusedAsync(Envelope envelope, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(IsReusedAsync), () => inner.IsReusedAsync(envelope, cancellationToken), Away);

    public Task<InboxStart> BeginAsync(UserId user, DeviceId device, ResumeClaim claim, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(BeginAsync), () => inner.BeginAsync(user, device, claim, cancellationToken), Away);

    public Task<InboxEnd> ReadCursorAsync(UserId user, DeviceId device, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadCursorAsync), () => inner.ReadCursorAsync(user, device, cancellationToken), Away);

    public Task<InboxPage> ReadAsync(UserId user, long after, int limit, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadAsync), () => inner.ReadAsync(user, after, limit, cancellationToken), Away);

    public Task<IReadOnlyList<InboxEnd>> ReadEndsAsync(IReadOnlyList<UserId> users, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadEndsAsync), () => inner.ReadEndsAsync(users, cancellationToken), Away);

    public Task<string> RenewEpochAsync(UserId user, string epoch, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(RenewEpochAsync), () => inner.RenewEpochAsync(user, epoch, cancellationToken), Away);

    public Task<OwedPage?> AcknowledgeAsync(UserId user, DeviceId device, string? epoch, long seq, long storedAt, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(AcknowledgeAsync), () => inner.AcknowledgeAsync(user, device, epoch, seq, storedAt, cancellationToken), Away);

    public Task NoteMissedAsync(NodeIncarnation node, IReadOnlyList<UserId> users, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(NoteMissedAsync), () => DoneAsync(inner.NoteMissedAsync(node, users, cancellationToken)), Away);

    public Task<IReadOnlyList<UserId>> TakeMissedAsync(NodeIncarnation self, int limit, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(TakeMissedAsync), () => inner.TakeMissedAsync(self, limit, cancellationToken), Away);

    public Task<bool> MarkReadAsync(UserId reader, UserId from, string? epoch, long upto, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(MarkReadAsync), () => inner.MarkReadAsync(reader, from, epoch, upto, cancellationToken), Away);

    public Task<OwedPage> ReadOwedAsync(UserId user, long after, int limit, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadOwedAsync), () => inner.ReadOwedAsync(user, after, limit, cancellationToken), Away);

    Task<ReceiptsAppended> IReceipts.AppendAsync(UserId sender, UserId peer, string life, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken) =>
        link.PassAsync("AppendReceiptsAsync", () => inner.AppendAsync(sender, peer, life, owed, cancellationToken), Away);

    public Task<IReadOnlyList<Envelope>> ReadCopiedAsync(UserId user, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadCopiedAsync), () => inner.ReadCopiedAsync(user, owed, cancellationToken), Away);

    public Task<IReadOnlyList<DeviceId>> ReadDevicesAsync(UserId user, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadDevicesAsync), () => inner.ReadDevicesAsync(user, cancellationToken), Away);

    public Task SettleAsync(UserId user, string life, IReadOnlyList<long> numbers, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(SettleAsync), () => DoneAsync(inner.SettleAsync(user, life, numbers, cancellationToken)), Away);

    private static async Task<bool> DoneAsync(Task task)
    {
        await task;
        return true;
    }

    private static InboxUnavailableException Away() => new("the link is cut", new TimeoutException());
}
