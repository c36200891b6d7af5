// Events in memory keep the contract.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.SocketNode.Webhooks;
using DistributedSockets.Tests.Contracts;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Webhooks;

public sealed class InMemoryHookQueueTests : HookQueueContract
{
    private protected override HooksUnderTest Create(HookOptions options)
    {
        var lease = TimeSpan.FromHours(1);
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_000));
        var hooks = new InMemoryHookQueue(WantedHooks.Of(options), time);
        var registry = new InMemoryConnectionRegistry(time, lease, hooks);
        var inbox = new InMemoryInbox(registry, new InboxLimits(), time, hooks);
        var membership = new InMemoryMembership(new InMemoryRoomLog(new RoomLimits(), time), registry, new RoomLimits(), time, hooks);
        return new HooksUnderTest(hooks, registry, registry, inbox, membership, lease, PassAsync);

        Task PassAsync(TimeSpan length)
        {
            time.Advance(length);
            return Task.CompletedTask;
        }
    }
}
