// So many are opened at once, and so many there are.
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Limits;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Limits;

public sealed class AdmissionTests
{
    [Fact]
    public void So_many_are_opened_at_once_and_each_that_is_open_makes_room()
    {
        var admission = NewAdmission(inProgress: 2);
        var first = admission.TryEnter(out _);
        using var second = admission.TryEnter(out _);
        Assert.Null(admission.TryEnter(out var excess));
        Assert.Equal("Limits:ConnectsInProgress", excess.Limit);

        first!.Opened();
        first.Opened();
        using var third = admission.TryEnter(out _);
        Assert.NotNull(third);
        Assert.Null(admission.TryEnter(out _));
        first.Dispose();
        Assert.Null(admission.TryEnter(out _));
    }

    [Fact]
    public void Node_holds_so_many_and_each_that_leaves_makes_room()
    {
        var admission = NewAdmission(connections: 2);
        var first = admission.TryEnter(out _)!;
        var second = admission.TryEnter(out _)!;
        first.Opened();
        second.Opened();
        Assert.Null(admission.TryEnter(out var excess));
        Assert.Equal("Limits:Connections", excess.Limit);

        first.Dispose();
        Assert.NotNull(admission.TryEnter(out _));
        Assert.Null(admission.TryEnter(out _));
    }

    [Fact]
    public void Who_is_sent_away_is_told_to_come_again_each_at_another_time()
    {
        var admission = NewAdmission(inProgress: 1);
        using var place = admission.TryEnter(out _);
        var waits = Enumerable.Range(0, 1_000).Select(_ => Refused(admission).Wait.TotalMilliseconds).ToList();

        Assert.All(waits, wait => Assert.InRange(wait, 1_000, 10_000));

        // A thousand over nine seconds: each second has its share.
        Assert.All(waits.CountBy(wait => (int)(wait / 1_000)), second => Assert.InRange(second.Value, 50, 200));
    }

    private static Excess Refused(Admission admission)
    {
        Assert.Null(admission.TryEnter(out var excess));
        return excess;
    }

    private static Admission NewAdmission(int inProgress = 100, int connections = 0) =>
        new(Options.Create(new SocketNodeOptions { Limits = new LimitOptions { ConnectsInProgress = inProgress, Connections = connections } }));
}
