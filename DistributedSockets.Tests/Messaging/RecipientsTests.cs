// The recipients that a connection remembers.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Messaging;

public sealed class RecipientsTests
{
    private readonly Recipients _known = new(null!);

    [Fact]
    public void Recipient_that_was_written_to_before_is_the_same_object()
    {
        Assert.True(_known.TryGet("bob".AsSpan(), out var first, out _));
        Assert.True(_known.TryGet(['b', 'o', 'b'], out var second, out _));
        Assert.Same(first, second);
    }

    [Fact]
    public void Invalid_recipient_is_refused_each_time_with_the_reason()
    {
        for (var time = 0; time < 2; time++)
        {
            Assert.False(_known.TryGet(" bob", out _, out var problem));
            Assert.Equal("'to' has white space at its ends", problem);
        }
    }

    [Fact]
    public void Memory_is_bounded()
    {
        Assert.True(_known.TryGet("user-0", out var first, out _));
        for (var number = 0; number < 1_000; number++)
        {
            Assert.True(_known.TryGet($"user-{number}", out _, out _));
        }

        Assert.True(_known.TryGet("user-0", out var again, out _));
        Assert.NotSame(first, again);
    }
}
