// Inboxes in memory: what the application's back end is told of them.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.SocketNode.Inbox;

internal sealed partial class InMemoryInbox
{
    /// <summary>How many messages are told of when their user goes offline.</summary>
    private const int MostWaiting = 100;

    /// <summary>What was stored for somebody who is away.</summary>
    private void EnterStored(UserId user, IReadOnlyList<Placement> placements, InMemoryMessages messages)
    {
        if (hooks is null)
        {
            return;
        }

        registry.WhenOffline ??= EnterWaiting;
        if (!registry.IsOnline(user))
        {
            var stored = placements.Where(placement => placement.Kind == PlacementKind.Stored).Select(placement => placement.Seq).ToHashSet();
            Enter(user, messages.Waiting(Now).Where(message => stored.Contains(message.Seq)));
        }
    }

    private void EnterWaiting(UserId user)
    {
        if (_users.TryGetValue(user, out var messages))
        {
            Enter(user, messages.Waiting(Now).TakeLast(MostWaiting));
        }
    }

    private void Enter(UserId user, IEnumerable<Envelope> messages)
    {
        foreach (var message in messages)
        {
            hooks!.Enter(HookOwner.Of(user), new StoredHook(
                message.From, message.Id, message.Seq, message.SentAt, message.ContentType, hooks.IncludesBody ? message.Body : default));
        }
    }
}
