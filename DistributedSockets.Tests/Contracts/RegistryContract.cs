// What every registry promises: leases.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using static DistributedSockets.Tests.Contracts.RegistryUnderTest;

namespace DistributedSockets.Tests.Contracts;

/// <summary>What every registry promises; a subclass says which one.</summary>
public abstract partial class RegistryContract
{
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");

    /// <summary>An empty registry.</summary>
    private protected abstract Task<RegistryUnderTest> CreateAsync();

    [Fact]
    public async Task A_node_that_boots_gets_its_name_and_lives()
    {
        var it = await CreateAsync();

        var node = await it.BootAsync("server-1");

        var nodes = await it.Registry.ReadNodesAsync(TestContext.Current.CancellationToken);
        Assert.Equal(new NodeId("server-1"), node.Node);
        Assert.Equal(Info(node.Node), Assert.Single(nodes.Living, living => living.Key == node).Value);
        Assert.True(nodes.Counts(node));
        Assert.InRange(node.Number, nodes.AsOf - 60_000, nodes.AsOf);
    }

    [Fact]
    public async Task A_duplicate_is_told_who_holds_the_name()
    {
        var it = await CreateAsync();
        var first = await it.BootAsync("server-1");

        var second = await it.Registry.TakeLeaseAsync(Info(first.Node) with { ProcessId = 43 }, TestContext.Current.CancellationToken);

        var held = Assert.IsType<LeaseAttempt.Held>(second);
        Assert.Equal(first, held.Holder);
        Assert.Equal(Info(first.Node), held.Info);
        Assert.InRange(held.Remaining, TimeSpan.Zero, it.Lease);
    }

    [Fact]
    public async Task A_renewed_lease_lasts()
    {
        var it = await CreateAsync();
        var node = await it.BootAsync("server-1");

        await it.PassAsync(it.Lease / 2);
        Assert.Equal(LeaseRenewal.Renewed, await it.RenewAsync(node));
        await it.PassAsync(it.Lease * 0.6);

        Assert.True(await it.LivesAsync(node));
        Assert.Equal(LeaseRenewal.Renewed, await it.RenewAsync(node));
    }

    [Fact]
    public async Task A_node_whose_lease_lapsed_does_not_live_and_may_take_it_back()
    {
        var it = await CreateAsync();
        var node = await it.BootAsync("server-1");
        await it.PassLeaseAsync();
        Assert.False(await it.LivesAsync(node));

        Assert.Equal(LeaseRenewal.TakenBack, await it.RenewAsync(node));

        Assert.True(await it.LivesAsync(node));
        Assert.Equal(LeaseRenewal.Renewed, await it.RenewAsync(node));
    }

    [Fact]
    public async Task A_lapsed_name_goes_to_the_next_boot_and_the_earlier_one_is_fenced()
    {
        var it = await CreateAsync();
        var earlier = await it.BootAsync("server-1");
        await it.PassLeaseAsync();

        var later = await it.BootAsync("server-1");

        Assert.True(later.Number > earlier.Number);
        Assert.Equal(LeaseRenewal.Lost, await it.RenewAsync(earlier));
        await it.PassLeaseAsync();
        Assert.Equal(LeaseRenewal.Lost, await it.RenewAsync(earlier));
        Assert.Equal(LeaseRenewal.TakenBack, await it.RenewAsync(later));
        Assert.False(await it.LivesAsync(earlier));
    }

    [Fact]
    public async Task A_released_name_is_free_at_once_and_does_not_come_back()
    {
        var it = await CreateAsync();
        var earlier = await it.BootAsync("server-1");

        await it.Registry.ReleaseLeaseAsync(earlier, TestContext.Current.CancellationToken);

        Assert.False(await it.LivesAsync(earlier));
        Assert.Equal(LeaseRenewal.Lost, await it.RenewAsync(earlier));
        var later = await it.BootAsync("server-1");
        Assert.True(later.Number > earlier.Number);
    }

    [Fact]
    public async Task Only_its_owner_releases_a_name()
    {
        var it = await CreateAsync();
        var earlier = await it.BootAsync("server-1");
        await it.PassLeaseAsync();
        var later = await it.BootAsync("server-1");

        await it.Registry.ReleaseLeaseAsync(earlier, TestContext.Current.CancellationToken);

        Assert.True(await it.LivesAsync(later));
        Assert.Equal(LeaseRenewal.Renewed, await it.RenewAsync(later));
    }

    [Fact]
    public async Task Names_do_not_touch_each_other()
    {
        var it = await CreateAsync();
        var one = await it.BootAsync("server-1");
        var two = await it.BootAsync("server-2");

        await it.Registry.ReleaseLeaseAsync(one, TestContext.Current.CancellationToken);

        Assert.False(await it.LivesAsync(one));
        Assert.True(await it.LivesAsync(two));
    }
}
