using System.Text.Json;
using DistributedSockets.Client.Receiving;

namespace DistributedSockets.Tests.Clients;

public sealed class RoomPicturesTests
{
    private readonly RoomPictures _pictures = new();

    [Fact]
    public void Differences_follow_on_the_first_picture()
    {
        _pictures.TryBegin("team");

        Assert.Equal("bob", Take("""{"members":[{"user":"bob","since":1}],"count":3}"""));
        Assert.Equal("bob carol", Take("""{"joined":[{"user":"carol","since":2,"status":"hi"}],"left":[],"count":4}"""));
        Assert.Equal("carol", Take("""{"joined":[],"left":["bob"],"count":4}"""));
        Assert.Equal("dave", Take("""{"members":[{"user":"dave","since":1}],"count":4}"""));
    }

    [Fact]
    public void Picture_in_several_parts_is_told_when_it_is_whole()
    {
        _pictures.TryBegin("team");

        Assert.Null(Take("""{"members":[{"user":"bob","since":1}],"count":3,"more":true}"""));
        Assert.Equal("bob carol", Take("""{"members":[{"user":"carol","since":1}],"count":3}"""));
    }

    [Fact]
    public void Room_that_is_not_watched_has_none()
    {
        Assert.Null(Take("""{"members":[],"count":3}"""));
        Assert.True(_pictures.TryBegin("team"));
        Assert.False(_pictures.TryBegin("team"));
        Assert.True(_pictures.End("team"));
        Assert.False(_pictures.End("team"));
    }

    private string? Take(string push) => _pictures.Take("team", JsonDocument.Parse(push).RootElement) is { } picture
        ? string.Join(' ', picture.Online.Select(member => member.User).Order(StringComparer.Ordinal))
        : null;
}
