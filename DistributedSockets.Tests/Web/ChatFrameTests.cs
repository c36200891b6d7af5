// The two frames of the plain profile, as the page writes and reads them.
using System.Text;
using DistributedSockets.Web.Chat;

namespace DistributedSockets.Tests.Web;

public sealed class ChatFrameTests
{
    [Fact]
    public void A_message_is_written_as_the_protocol_has_it() =>
        Assert.Equal("""{"to":"bob","body":"hi"}""", Encoding.UTF8.GetString(new OutgoingFrame("bob", "hi").ToBytes()));

    [Fact]
    public void Only_what_JSON_demands_is_escaped() =>
        Assert.Equal("""{"to":"bob","body":"é <b> \"q\" 'a' \\ \n"}""", Encoding.UTF8.GetString(new OutgoingFrame("bob", "é <b> \"q\" 'a' \\ \n").ToBytes()));

    [Fact]
    public void A_body_that_is_a_string_is_shown_as_its_text()
    {
        var frame = Parse("""{"from":"alice","to":"bob","body":"h\u00e9"}""");

        Assert.Equal(("alice", "bob", "hé", true), (frame.From, frame.To, frame.BodyText, frame.HasText));
    }

    [Theory]
    [InlineData("""{"answer": 42}""")]
    [InlineData("[1,2]")]
    [InlineData("12.50")]
    [InlineData("null")]
    [InlineData("true")]
    public void Any_other_body_is_shown_as_the_JSON_that_came(string body)
    {
        var frame = Parse($$"""{"from":"alice","to":"bob","body":{{body}}}""");

        Assert.Equal((body, false), (frame.BodyText, frame.HasText));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_shown_raw() => Assert.Equal("\"\\ud83d\"", Parse("""{"from":"alice","to":"bob","body":"\ud83d"}""").BodyText);

    [Theory]
    [InlineData("")]
    [InlineData("hi")]
    [InlineData("null")]
    [InlineData("""{"from":"alice","to":"bob"}""")]
    [InlineData("""{"from":null,"to":"bob","body":"hi"}""")]
    public void What_is_no_message_is_left_out(string frame) => Assert.False(IncomingFrame.TryParse(Encoding.UTF8.GetBytes(frame), out _));

    private static IncomingFrame Parse(string frame) =>
        IncomingFrame.TryParse(Encoding.UTF8.GetBytes(frame), out var parsed) ? parsed! : throw new InvalidOperationException($"No message: {frame}");
}
