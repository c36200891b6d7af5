// What may be a user, how an id looks in a log, and the names of boots.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Messaging;

public sealed class IdentitiesTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("user:a{b}c")]
    [InlineData("Zoë van der Berg")]
    [InlineData("*#")]
    public void Users_are_opaque(string id) => Assert.Null(IdRules.Problem(id, "user_id"));

    [Fact]
    public void User_has_at_most_128_scalar_values_whatever_each_takes()
    {
        Assert.Null(IdRules.Problem(Repeat("😀", 128), "user_id"));
        Assert.Equal("user_id is longer than 128 characters", IdRules.Problem(Repeat("😀", 129), "user_id"));
        Assert.Null(IdRules.Problem(Repeat("x", 128), "user_id"));
        Assert.Equal("user_id is longer than 128 characters", IdRules.Problem(Repeat("x", 129), "user_id"));
    }

    [Theory]
    [InlineData(null, "user_id required")]
    [InlineData("", "user_id required")]
    [InlineData("a\nb", "user_id contains a control character")]
    [InlineData("a\u0085", "user_id contains a control character")]
    [InlineData(" a", "user_id has white space at its ends")]
    [InlineData("a\u00a0", "user_id has white space at its ends")]
    public void User_that_breaks_a_rule_is_refused_with_the_reason(string? id, string reason)
    {
        Assert.False(UserId.TryParse(id, out var user, out var problem));
        Assert.Equal(reason, problem);
        Assert.Equal(default, user);
    }

    [Fact]
    public void Lone_surrogate_is_no_user() => Assert.Equal("user_id is not valid Unicode", IdRules.Problem(new string(['a', (char)0xd800]), "user_id"));

    [Theory]
    [InlineData("alice-1_x.y@z", "alice-1_x.y@z")]
    [InlineData("Zoë", "Zoë")]
    [InlineData("a\u202eb", "a\\u{202e}b")]
    [InlineData("a\u2028b", "a\\u{2028}b")]
    [InlineData("a\\u{1}", "a\\\\u{1}")]
    public void Id_in_a_log_can_neither_forge_nor_turn_around_a_line(string id, string printed) => Assert.Equal(printed, new UserId(id).ToString());

    [Fact]
    public void Incarnation_is_read_back_as_it_was_written()
    {
        var incarnation = new NodeIncarnation(new NodeId("server-1"), 1_764_000_000_000);

        Assert.Equal("server-1#1764000000000", incarnation.ToString());
        Assert.True(NodeIncarnation.TryParse(incarnation.ToString(), out var read));
        Assert.Equal(incarnation, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("server-1")]
    [InlineData("#5")]
    [InlineData("server-1#")]
    [InlineData("server-1#-5")]
    [InlineData("server-1#5 ")]
    [InlineData("server-1#99999999999999999999")]
    public void What_is_no_incarnation_is_not_read(string text) => Assert.False(NodeIncarnation.TryParse(text, out _));

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
