// An inbox behind a link that a test can cut.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Support;

/// <summary>An inbox behind a link that a test can cut.</summary>
internal sealed class FaultyInbox(IInbox inner, StoreLink link) : IInbox
{
    public Task<Appended> AppendAsync(UserId user, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(AppendAsync), () => inner.AppendAsync(user, envelopes, cancellationToken), Away);

    public Task<InboxStart> BeginAsync(UserId user, DeviceId device, ResumeClaim claim, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(BeginAsync), () => inner.BeginAsync(user, device, claim, cancellationToken), Away);

    public Task<long> ReadCursorAsync(UserId user, DeviceId device, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadCursorAsync), () => inner.ReadCursorAsync(user, device, cancellationToken), Away);

    public Task<InboxPage> ReadAsync(UserId user, long after, int limit, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadAsync), () => inner.ReadAsync(user, after, limit, cancellationToken), Away);

    public Task<IReadOnlyList<InboxEnd>> ReadEndsAsync(IReadOnlyList<UserId> users, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(ReadEndsAsync), () => inner.ReadEndsAsync(users, cancellationToken), Away);

    public Task<bool> AcknowledgeAsync(UserId user, DeviceId device, long seq, CancellationToken cancellationToken) =>
        link.PassAsync(nameof(AcknowledgeAsync), () => inner.AcknowledgeAsync(user, device, seq, cancellationToken), Away);

    private static InboxUnavailableException Away() => new("the link is cut", new TimeoutException());
}
