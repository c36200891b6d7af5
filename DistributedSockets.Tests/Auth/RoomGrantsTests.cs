// What a token says about rooms, and what that comes to.
using System.Text.Json;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.Auth;

public sealed class RoomGrantsTests
{
    [Theory]
    [InlineData("team", "team", true)]
    [InlineData("team", "teams", false)]
    [InlineData("team-*", "team-", true)]
    [InlineData("team-*", "team-1", true)]
    [InlineData("team-*", "teal-1", false)]
    [InlineData("*", "anything", true)]
    [InlineData("*-a*b-*", "x-ab-", true)]
    [InlineData("*-a*b-*", "x-aab-bb-y", true)]
    [InlineData("*-a*b-*", "x-a-c-", false)]
    [InlineData("a**b", "ab", true)]
    [InlineData(@"\*", "*", true)]
    [InlineData(@"\*", "x", false)]
    [InlineData(@"a\\*", @"a\b", true)]
    [InlineData(@"*\*", "no star at the end", false)]
    [InlineData(@"*\*", "a star: *", true)]
    [InlineData("", "x", false)]
    public void Pattern_fits_or_does_not(string pattern, string room, bool fits) => Assert.Equal(fits, RoomPattern.Fits(pattern, room));

    [Fact]
    public void Many_stars_take_no_longer_than_a_few() =>
        Assert.False(RoomPattern.Fits(string.Concat(Enumerable.Repeat("a*", 5_000)) + "b", new string('a', 5_000)));

    [Fact]
    public void All_patterns_that_fit_count_together()
    {
        var grants = Read("""{"team-*":"r","team-1":"rw","news":"r"}""")!;

        Assert.Equal(RoomAccess.Write, grants.Of(new RoomId("team-1")));
        Assert.Equal(RoomAccess.Read, grants.Of(new RoomId("team-2")));
        Assert.Equal(RoomAccess.None, grants.Of(new RoomId("other")));
    }

    [Theory]
    [InlineData("\"*\"")]
    [InlineData("[\"*\"]")]
    [InlineData("{\"*\":\"w\"}")]
    [InlineData("{\"*\":true}")]
    [InlineData(@"{""a\\b"":""r""}")]
    [InlineData(@"{""a\\"":""r""}")]
    public void Claim_of_another_shape_is_none(string claim) => Assert.Null(Read(claim));

    private static RoomGrants? Read(string claim)
    {
        using var document = JsonDocument.Parse(claim);
        return RoomGrants.Read(document.RootElement);
    }
}
