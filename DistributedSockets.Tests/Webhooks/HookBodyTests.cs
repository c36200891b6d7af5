// The bytes of each event.
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.Tests.Webhooks;

public sealed class HookBodyTests
{
    private const string Number = "1764000003950-0";

    private static readonly HookOwner Bob = HookOwner.Of(new UserId("bob"));
    private static readonly HookOwner Team = HookOwner.Of(new RoomId("команда \"1\""));

    [Fact]
    public void User_who_goes() => Assert.Equal(
        """{"id":"f6bbd12606d54e20-1764000003950-0","type":"user.offline","at":1764000003950,"data":{"user":"bob","v":8,"since":1764000003950}}""",
        Text(Bob, new PresenceHook(Online: false, 8, 1_764_000_003_950)));

    [Fact]
    public void User_who_comes() => Assert.Equal(
        """{"id":"f6bbd12606d54e20-1764000003950-0","type":"user.online","at":1764000003950,"data":{"user":"bob","v":9,"since":1764000003950}}""",
        Text(Bob, new PresenceHook(Online: true, 9, 1_764_000_003_950)));

    [Fact]
    public void Message_with_what_it_has() => Assert.Equal(
        """{"id":"f6bbd12606d54e20-1764000003950-0","type":"message.stored","at":1764000003950,"data":{"user":"bob","from":"alice","mid":"m1","seq":7,"ts":1764000003949,"ct":"text/x","body":{ "a": "é" }}}""",
        Text(Bob, new StoredHook(new UserId("alice"), new MessageId("m1"), 7, 1_764_000_003_949, "text/x", Encoding.UTF8.GetBytes("""{ "a": "é" }"""))));

    [Fact]
    public void Message_without_type_and_body() => Assert.Equal(
        """{"id":"f6bbd12606d54e20-1764000003950-0","type":"message.stored","at":1764000003950,"data":{"user":"bob","from":"alice","mid":"m1","seq":7,"ts":1764000003949}}""",
        Text(Bob, new StoredHook(new UserId("alice"), new MessageId("m1"), 7, 1_764_000_003_949, null, default)));

    [Theory]
    [InlineData(true, "room.occupied")]
    [InlineData(false, "room.vacated")]
    public void Room_that_has_its_first_member_or_none(bool occupied, string type) => Assert.Equal(
        $$$"""{"id":"2cf3cb2bb29c65b7-1764000003950-0","type":"{{{type}}}","at":1764000003950,"data":{"room":"команда \"1\"","user":"bob"}}""",
        Text(Team, new RoomHook(occupied, new UserId("bob"))));

    private static string Text(HookOwner owner, HookData data) => Encoding.UTF8.GetString(HookBody.Write(new HookEvent(owner, Number, data)));
}
