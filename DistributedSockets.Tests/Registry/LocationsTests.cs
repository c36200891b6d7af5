// Where users are, remembered for a moment.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Registry;

public sealed class LocationsTests : IAsyncDisposable
{
    private static readonly UserId Bob = new("bob");

    private readonly NodeParts _node = new();
    private readonly Locations _locations;

    public LocationsTests() => _locations = new Locations(_node.Registry, _node.Time);

    private int Asked => _node.Store.Count("LocateAsync");

    [Fact]
    public async Task Single_node_is_remembered_for_a_moment()
    {
        await OpenAsync(2);
        Assert.Equal([NodeParts.Other(2)], await FindAsync());
        Assert.Equal([NodeParts.Other(2)], await FindAsync());
        Assert.Equal(1, Asked);

        _node.Time.Advance(TimeSpan.FromSeconds(2));
        await FindAsync();
        Assert.Equal(2, Asked);
    }

    [Fact]
    public async Task Memories_do_not_live_on_by_being_used()
    {
        await OpenAsync(2);
        for (var step = 0; step < 30; step++)
        {
            await FindAsync();
            _node.Time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(Asked, 2, 3);
    }

    [Fact]
    public async Task Users_on_several_nodes_and_on_none_are_looked_up_each_time()
    {
        Assert.Empty(await FindAsync());
        await OpenAsync(2);
        await OpenAsync(3, "tablet");

        Assert.Equivalent(new[] { NodeParts.Other(2), NodeParts.Other(3) }, await FindAsync());
        await FindAsync();
        Assert.Equal(3, Asked);
    }

    [Fact]
    public async Task Who_asks_while_somebody_does_waits_for_the_same_answer()
    {
        await OpenAsync(2);
        var asking = _node.Store.HoldAnswers("LocateAsync");
        var all = Enumerable.Range(0, 50).Select(_ => FindAsync()).ToList();
        await asking.WhenReachedAsync();
        asking.Release();

        Assert.All(await Task.WhenAll(all), nodes => Assert.Equal([NodeParts.Other(2)], nodes));
        Assert.Equal(1, Asked);
    }

    [Fact]
    public async Task Look_ups_of_several_users_do_not_wait_for_each_other()
    {
        var asking = _node.Store.HoldAnswers("LocateAsync");
        var all = Enumerable.Range(0, 50).Select(i => _locations.FindAsync(new UserId($"user-{i}"), TestContext.Current.CancellationToken).AsTask()).ToList();

        await Eventually.IsAsync(() => Asked == 50, "all are asked for before the first answer");
        asking.Release();
        await Task.WhenAll(all);
    }

    [Fact]
    public async Task Failure_is_everybodys_and_is_not_remembered()
    {
        await OpenAsync(2);
        _node.Store.Cut();
        var all = Enumerable.Range(0, 5).Select(_ => FindAsync()).ToList();
        foreach (var one in all)
        {
            await Assert.ThrowsAsync<RegistryUnavailableException>(() => one);
        }

        _node.Store.Restore();
        Assert.Equal([NodeParts.Other(2)], await FindAsync());
    }

    [Fact]
    public async Task Looking_up_forgets_what_was_remembered()
    {
        await OpenAsync(2);
        await FindAsync();
        await OpenAsync(3);

        Assert.Equal([NodeParts.Other(3)], await _locations.LookUpAsync(Bob, TestContext.Current.CancellationToken));
        Assert.Equal([NodeParts.Other(3)], await FindAsync());
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private Task<IReadOnlyList<NodeIncarnation>> FindAsync() => _locations.FindAsync(Bob, TestContext.Current.CancellationToken).AsTask();

    private Task<OpenedSession> OpenAsync(int node, string device = "phone") =>
        _node.Stored.OpenAsync(_node.NewSession("bob", NodeParts.Other(node)) with { Device = new DeviceId(device) }, CancellationToken.None);
}
