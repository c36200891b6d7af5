// The membership in memory keeps the contract.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Rooms;

public sealed class InMemoryMembershipTests : MembershipContract
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_000));

    private protected override MembershipUnderTest Create(RoomLimits limits)
    {
        var (registry, log) = (new InMemoryConnectionRegistry(_time, TimeSpan.FromSeconds(6)), new InMemoryRoomLog(limits, _time));
        return new(
            new InMemoryMembership(log, registry, limits, _time),
            new RoomLogUnderTest(log, PassAsync),
            new InMemoryInbox(registry, new InboxLimits(), _time),
            registry);
    }

    private Task PassAsync(TimeSpan length)
    {
        _time.Advance(length);
        return Task.CompletedTask;
    }
}
