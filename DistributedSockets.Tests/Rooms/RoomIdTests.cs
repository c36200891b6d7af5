// What may be a room, and how it looks in a log and in Redis.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.Rooms;

public sealed class RoomIdTests
{
    [Theory]
    [InlineData("team")]
    [InlineData("user:a{b}c")]
    [InlineData("*#.\u202e")]
    public void Rooms_are_opaque(string id)
    {
        Assert.True(RoomId.TryParse(id, out var room, out _));
        Assert.Equal(id, room.Value);
    }

    [Theory]
    [InlineData(null, "room required")]
    [InlineData("a\nb", "room contains a control character")]
    [InlineData(" a", "room has white space at its ends")]
    public void A_room_that_breaks_a_rule_is_refused_with_the_reason(string? id, string reason)
    {
        Assert.False(RoomId.TryParse(id, out var room, out var problem));
        Assert.Equal((reason, default), (problem, room));
    }

    [Fact]
    public void In_a_log_line_nothing_is_turned_around() => Assert.Equal(@"a\u{202e}b", new RoomId("a\u202eb").ToString());

    [Theory]
    [InlineData("team", "team")]
    [InlineData("a{b}c:d%e", "a%7Bb%7Dc%3Ad%25e")]
    public void Names_of_a_room_share_a_slot_whatever_the_room_is_called(string id, string encoded)
    {
        var room = new RoomId(id);

        Assert.Equal($"ds:{{r:{encoded}}}:meta", RedisKeys.Meta(room));
        Assert.Equal($"ds:{{r:{encoded}}}:members", RedisKeys.Members(room));
        Assert.Equal($"ds:{{r:{encoded}}}:log", RedisKeys.Log(room));
        Assert.Equal($"ds:{{r:{encoded}}}:mids", RedisKeys.MessageIds(room));
        Assert.Equal($"ds:{{r:{encoded}}}:ids:2", RedisKeys.Ids(room, 2));
        Assert.Equal($"ds:{{u:{encoded}}}:rooms", RedisKeys.Rooms(new UserId(id)));
    }
}
