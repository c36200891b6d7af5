// The inbox in memory keeps the contract.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Inbox;

public sealed class InMemoryInboxTests : InboxContract
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_000));

    private protected override Task<InboxUnderTest> CreateAsync(InboxLimits limits)
    {
        var registry = new InMemoryConnectionRegistry(_time, TimeSpan.FromSeconds(6));
        var inbox = new InMemoryInbox(registry, limits, _time);
        return Task.FromResult(new InboxUnderTest(inbox, inbox, inbox, registry, PassAsync));
    }

    [Fact]
    public async Task A_token_is_good_for_thirty_days_and_for_a_minute_after_its_use()
    {
        var it = await CreateAsync(new InboxLimits());
        await it.BeginAsync(InboxUnderTest.Phone, null, "t1");
        _time.Advance(InboxLimits.TokenLife - TimeSpan.FromSeconds(1));
        Assert.Null((await it.BeginAsync(InboxUnderTest.Phone, "t1", "t2")).Reason);

        _time.Advance(InboxLimits.TokenOverlap - TimeSpan.FromSeconds(1));
        Assert.Null((await it.BeginAsync(InboxUnderTest.Phone, "t1", "t3")).Reason);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ResumeFailure.Expired, (await it.BeginAsync(InboxUnderTest.Phone, "t1", "t4")).Reason);

        _time.Advance(InboxLimits.TokenLife);
        Assert.Equal(ResumeFailure.Expired, (await it.BeginAsync(InboxUnderTest.Phone, "t4", "t5")).Reason);
    }

    [Fact]
    public async Task An_id_is_known_for_a_day()
    {
        var it = await CreateAsync(new InboxLimits());
        await it.StoreAsync(InboxUnderTest.Reliable("1", "a"));

        _time.Advance(InboxLimits.IdMemory - TimeSpan.FromSeconds(1));
        await it.SweepAsync();
        Assert.Equal([PlacementKind.Duplicate], await it.TryStoreAsync(InboxUnderTest.Reliable("1", "a")));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([PlacementKind.Stored], await it.TryStoreAsync(InboxUnderTest.Reliable("1", "a")));
    }

    private Task PassAsync(TimeSpan length)
    {
        _time.Advance(length);
        return Task.CompletedTask;
    }
}
