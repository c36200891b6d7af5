// The log in memory keeps the contract.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Rooms;
using Microsoft.Extensions.Time.Testing;
using static DistributedSockets.Tests.Rooms.RoomLogUnderTest;

namespace DistributedSockets.Tests.Rooms;

public sealed class InMemoryRoomLogTests : RoomLogContract
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_000));

    private protected override RoomLogUnderTest Create(RoomLimits limits) => new(new InMemoryRoomLog(limits, _time), PassAsync);

    [Fact]
    public async Task An_id_is_known_for_a_day()
    {
        var it = Create(new RoomLimits());
        await it.StoreAsync(Message("1", "a"));

        await PassAsync(InboxLimits.IdMemory - TimeSpan.FromSeconds(1));
        Assert.Equal([LogOutcome.Duplicate], await it.TryStoreAsync(Message("1", "a")));
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal([LogOutcome.Stored], await it.TryStoreAsync(Message("1", "a")));
    }

    private Task PassAsync(TimeSpan length)
    {
        _time.Advance(length);
        return Task.CompletedTask;
    }
}
