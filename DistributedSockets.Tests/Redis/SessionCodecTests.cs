// Sessions in Redis, letter by letter.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Redis;

public sealed class SessionCodecTests
{
    private static readonly UserId Alice = new("alice");
    private static readonly NodeIncarnation Node = new(new NodeId("server-1"), 1_764_000_000_000);

    [Theory]
    [InlineData("phone", "phone")]
    [InlineData("my phone:1", "my%20phone%3A1")]
    [InlineData("", "plain:c1")]
    [InlineData("plain", "plain")]
    public void A_session_is_written_and_read(string device, string field)
    {
        var session = new Session(Alice, new DeviceId(device), Node, new ConnectionId("c1"), 1_764_000_012_345);

        Assert.Equal(field, SessionCodec.Field(session).ToString());
        Assert.Equal("server-1#1764000000000 c1 1764000012345", SessionCodec.Value(session).ToString());
        Assert.True(SessionCodec.TryRead(Alice, field, "server-1#1764000000000 c1 1764000012345", out var read));
        Assert.Equal(session, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("server-1 c1 1")]
    [InlineData("server-1#1 c1")]
    [InlineData("server-1#1 c1 now")]
    [InlineData("server-1#1 c1 1 more")]
    public void What_is_no_session_is_not_read(string value) => Assert.False(SessionCodec.TryRead(Alice, "phone", value, out _));
}
