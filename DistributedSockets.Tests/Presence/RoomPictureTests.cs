// What is shown of a room's members: what has changed since it was shown last, and nothing twice.
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;

namespace DistributedSockets.Tests.Presence;

public sealed class RoomPictureTests
{
    private static readonly UserId Bob = new("bob");
    private static readonly UserId Carol = new("carol");
    private static readonly UserId Dave = new("dave");

    private readonly RoomPicture _picture = new();

    public RoomPictureTests()
    {
        _picture.SetMembers([Bob, Carol]);
        _picture.Take([State(Bob, online: true), State(Carol, online: false)]);
    }

    [Fact]
    public void Whoever_is_a_member_and_online_has_joined_and_whoever_is_one_of_both_no_more_has_left()
    {
        AssertNews(["bob"], [], count: 2);
        _picture.Take([State(Carol, online: true)]);
        AssertNews(["carol"], [], count: 2);

        _picture.Take([State(Bob, online: false)]);
        _picture.SetMembers([Bob, Dave]);
        AssertNews([], ["bob", "carol"], count: 2);
        _picture.Take([State(Dave, online: true)]);
        AssertNews(["dave"], [], count: 2);
        AssertNothing();
    }

    [Fact]
    public void Another_status_is_shown_and_another_version_is_not()
    {
        _picture.Settle();
        _picture.Take([State(Bob, online: true, version: 9)]);
        AssertNothing();
        _picture.Take([State(Bob, online: true, status: "1")]);
        AssertNews(["bob"], [], count: 2);
    }

    [Fact]
    public void What_came_and_went_in_between_is_left_out()
    {
        _picture.Settle();
        _picture.Take([State(Bob, online: false)]);
        _picture.Take([State(Bob, online: true, version: 3)]);
        _picture.SetMembers([Bob, Carol, Dave]);
        _picture.SetMembers([Bob, Carol]);
        AssertNothing();
    }

    [Fact]
    public void Member_who_is_offline_changes_the_count_alone_and_a_stranger_nothing()
    {
        _picture.Settle();
        _picture.Take([State(Dave, online: true)]);
        AssertNothing();
        _picture.SetMembers([Bob, Carol, Dave]);
        AssertNews([], [], count: 3);
    }

    [Fact]
    public void Very_much_at_once_is_shown_in_parts_and_all_of_it()
    {
        UserId[] users = [.. Enumerable.Range(0, 1000).Select(number => new UserId($"user-{number}"))];
        _picture.SetMembers(users);
        _picture.Take([.. users.Select(user => State(user, online: true, status: $"\"{new string('x', 1000)}\""))]);

        var joined = new List<UserId>();
        var parts = 0;
        for (; _picture.TakeNews() is { } news; parts++)
        {
            Assert.InRange(news.Joined.Sum(RoomPicture.SizeOf), 1, 260 * 1024);
            joined.AddRange(news.Joined.Select(state => state.User));
        }

        Assert.InRange(parts, 4, 6);
        Assert.Equal(users.ToHashSet(), joined.ToHashSet());
        Assert.Equal(users.Length, joined.Count);
        Assert.Equal(1000, RoomPicture.Split(_picture.Shown.Members).Sum(part => part.Count));
        Assert.InRange(RoomPicture.Split(_picture.Shown.Members).Count, 4, 6);
    }

    [Fact]
    public void What_was_shown_since_somebody_began_is_told_to_them()
    {
        _picture.Settle();
        var began = _picture.Shown;
        Assert.Null(_picture.Since(began));
        _picture.Take([State(Bob, online: false), State(Carol, online: true)]);
        Assert.Null(_picture.Since(began));
        _picture.TakeNews();

        var since = _picture.Since(began)!;
        Assert.Equal([Carol], since.Joined.Select(state => state.User));
        Assert.Equal([Bob], since.Left);
    }

    private static PresenceState State(UserId user, bool online, string status = "", long version = 1) => new(user, version, online, version, Encoding.UTF8.GetBytes(status));

    private void AssertNews(string[] joined, string[] left, long count)
    {
        Assert.True(_picture.HasNews);
        var news = _picture.TakeNews()!;
        Assert.Equal(joined, news.Joined.Select(state => state.User.Value).Order());
        Assert.Equal(left, news.Left.Select(user => user.Value).Order());
        Assert.Equal(count, news.Count);
    }

    private void AssertNothing() => Assert.Null(_picture.TakeNews());
}
