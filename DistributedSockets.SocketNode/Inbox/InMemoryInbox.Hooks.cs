// Inboxes in memory: what the application's back end is told of them.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.SocketNode.Inbox;

internal sealed partial class InMemoryInbox
{
    /// <summary>Of how many messages is told when their user goes offline.</summary>
    private const int MostWaiting = 100;

    /// <summary>Tells of what was stored for somebody who is away.</summary>
    private void EnterStored(UserId user, IReadOnlyList<Envelope> envelopes, IReadOnlyList<Placement> placements)
    {
        if (hooks is null)
        {
            return;
        }

        registry.WhenOffline ??= EnterWaiting;
        if (!registry.IsOnline(user))
        {
            foreach (var (envelope, placement) in envelopes.Zip(placements).Where(stored => stored.Second.Kind == PlacementKind.Stored))
            {
                Enter(user, envelope, placement.Seq, placement.StoredAt);
            }
        }
    }

    private void EnterWaiting(UserId user)
    {
        if (_users.TryGetValue(user, out var messages))
        {
            foreach (var message in messages.Waiting(Now).TakeLast(MostWaiting))
            {
                Enter(user, message, message.Seq, message.SentAt);
            }
        }
    }

    private void Enter(UserId user, Envelope message, long seq, long at) =>
        hooks!.Enter(HookOwner.Of(user), new StoredHook(message.From, message.Id, seq, at, message.ContentType, hooks.IncludesBody ? message.Body : default));
}
