// What is posted comes out as frames, each once and in order, and no more than the node reads.
using System.Buffers;
using System.Text;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Sse;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Sse;

public sealed class SsePostsTests
{
    private const int FrameBytes = 1_000;

    private readonly SsePosts _posts = new(FrameBytes);
    private readonly FrameReader _frames;

    public SsePostsTests() => _frames = new FrameReader(_posts.Frames, FrameBytes);

    [Fact]
    public async Task Each_number_is_taken_once_and_none_may_be_left_out()
    {
        Assert.Equal(PostOutcome.OutOfTurn, Post(2, "b"));
        Assert.Equal(PostOutcome.Taken, Post(1, "a"));
        Assert.Equal(PostOutcome.Taken, Post(1, "a"));
        Assert.Equal(PostOutcome.OutOfTurn, Post(3, "c"));
        Assert.Equal(PostOutcome.Taken, Post(2, "b"));
        Assert.Equal(PostOutcome.OutOfTurn, Post(1, "a"));
        Assert.Equal(3, _posts.Next);
        _posts.End();

        Assert.Equal((FrameKind.Text, "a"), await NextAsync());
        Assert.Equal((FrameKind.Text, "b"), await NextAsync());
        Assert.Null(await NextAsync());
        Assert.Equal(PostOutcome.Ended, Post(3, "c"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(FrameBytes)]
    public async Task Frames_of_every_size_come_out_as_they_were(int length)
    {
        Post(1, new string('x', length));
        Assert.Equal((FrameKind.Text, new string('x', length)), await NextAsync());
    }

    [Fact]
    public async Task Empty_post_answers_a_ping()
    {
        Post(1, "");
        Assert.Equal((FrameKind.Pong, ""), await NextAsync());
    }

    [Fact]
    public async Task Frame_that_is_too_large_is_told_without_its_bytes()
    {
        _posts.TakeTooLarge();
        Assert.Equal((FrameKind.TooLarge, ""), await NextAsync());
    }

    [Fact]
    public async Task What_the_node_does_not_read_is_not_taken_and_can_be_posted_again()
    {
        var number = 1;
        while (Post(number, new string('x', FrameBytes)) == PostOutcome.Taken)
        {
            Assert.InRange(++number, 1, 5);
        }

        Assert.Equal(PostOutcome.Busy, Post(number, "next"));
        for (var read = 1; read < number; read++)
        {
            Assert.Equal(FrameKind.Text, (await NextAsync())?.Kind);
        }

        var next = NextAsync();
        await Eventually.IsAsync(() => Post(number, "next") == PostOutcome.Taken, "there is room");
        Assert.Equal((FrameKind.Text, "next"), await next);
    }

    [Fact]
    public void Key_is_of_one_stream_alone()
    {
        Assert.True(_posts.IsKey(_posts.Key));
        Assert.False(_posts.IsKey(new SsePosts(FrameBytes).Key));
        Assert.False(_posts.IsKey(null));
        Assert.False(_posts.IsKey(""));
    }

    private PostOutcome Post(long number, string frame) => _posts.Take(number, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(frame)));

    private async Task<(FrameKind Kind, string Text)?> NextAsync()
    {
        Frame frame;
        while (!_frames.TryRead(out frame))
        {
            if (!await _frames.FillAsync().AsTask().WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken))
            {
                return null;
            }
        }

        return (frame.Kind, Encoding.UTF8.GetString(frame.Bytes.Span));
    }
}
