// The generator's judgement: a message counts once, in order, at the right connection; everything else fails the run.
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Sockets;
using DistributedSockets.Benchmarks.Load.Traffic;

namespace DistributedSockets.Tests.Benchmarks;

public sealed class PairTests
{
    private readonly Link _receiver = NewLink(1);
    private readonly Pair _pair;

    public PairTests() => _pair = new Pair(NewLink(0), _receiver, mostInFlight: 8);

    [Fact]
    public void Messages_in_order_are_taken()
    {
        _pair.Stamp(2, 0);

        _pair.Take(_receiver, new Mark(0, 0));
        _pair.Take(_receiver, new Mark(0, 1));

        Assert.True(_pair.IsComplete);
    }

    [Theory]
    [InlineData(0, "doubled")]
    [InlineData(2, "one was left out")]
    [InlineData(Link.Probe, "nobody sent it")]
    public void Message_out_of_turn_fails(uint sequence, string why)
    {
        _pair.Stamp(3, 0);
        _pair.Take(_receiver, new Mark(0, 0));

        var exception = Assert.Throws<LoadException>(() => _pair.Take(_receiver, new Mark(0, sequence)));

        Assert.True(exception.Message.Contains("lost, doubled or out of order", StringComparison.Ordinal), why);
    }

    [Fact]
    public void Message_that_was_never_sent_fails() => Assert.Throws<LoadException>(() => _pair.Take(_receiver, new Mark(0, 0)));

    [Fact]
    public void Message_of_another_sender_or_at_another_connection_fails()
    {
        _pair.Stamp(1, 0);

        Assert.Throws<LoadException>(() => _pair.Take(_receiver, new Mark(7, 0)));
        Assert.Throws<LoadException>(() => _pair.Take(_pair.Sender, new Mark(0, 0)));
    }

    private static Link NewLink(int index) => new(index, $"user{index}", null, 1, new PlainDialect());
}
