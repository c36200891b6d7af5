// What a pane keeps of a conversation.
using System.Text.Json;
using DistributedSockets.Client;
using DistributedSockets.Web.Chat;

namespace DistributedSockets.Tests.Web.Chat;

public sealed class ConversationTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Conversation _conversation = new(Target.User("bob"));

    [Fact]
    public void What_was_stored_earlier_stands_earlier_whenever_it_comes()
    {
        Add("second", Noon.AddSeconds(2));
        Add("third", Noon.AddSeconds(3));
        Add("first", Noon.AddSeconds(1));

        Assert.Equal(["first", "second", "third"], Texts);
    }

    [Fact]
    public void What_is_under_way_comes_last_until_it_is_acknowledged()
    {
        var waiting = new ChatLine("alice", isOwn: true, Noon) { Id = "1" }.Say("mine");
        _conversation.Add(waiting);
        Add("theirs", Noon.AddSeconds(5));
        Assert.Equal(["theirs", "mine"], Texts);

        _conversation.Settle(waiting, "m-1", Noon.AddSeconds(4));

        Assert.Equal(["mine", "theirs"], Texts);
        Assert.Equal(LineState.Stored, waiting.State);
    }

    [Fact]
    public void A_read_mark_covers_what_was_sent_before_it_and_nothing_else()
    {
        var first = Send("m-1", Noon);
        var expired = Send("m-2", Noon.AddSeconds(1));
        expired.Reach(LineState.Expired);
        var second = Send("m-3", Noon.AddSeconds(2));
        var third = Send("m-4", Noon.AddSeconds(3));

        _conversation.ReadUpTo("m-3");

        Assert.Equal([LineState.Read, LineState.Expired, LineState.Read, LineState.Stored], new[] { first, expired, second, third }.Select(line => line.State));
    }

    [Fact]
    public void Late_news_do_not_take_back_what_is_known()
    {
        var line = Send("m-1", Noon);
        line.Reach(LineState.Read);
        line.Reach(LineState.Delivered);
        Assert.Equal(LineState.Read, line.State);
    }

    [Fact]
    public void A_window_of_the_conversation_is_kept()
    {
        for (var number = 0; number < 501; number++)
        {
            Add($"{number}", Noon.AddSeconds(number));
        }

        Assert.Equal(500, _conversation.Lines.Count);
        Assert.Equal("1", _conversation.Lines[0].Text);
    }

    [Theory]
    [InlineData("\"hi\"", "hi", false)]
    [InlineData("{\"n\": 1}", "{\"n\": 1}", true)]
    [InlineData("\"\\ud83d\"", "\"\\ud83d\"", false)]
    public void A_body_that_is_no_text_shows_its_json(string body, string text, bool isJson)
    {
        var line = new ChatLine("bob", isOwn: false, Noon).Say(JsonElement.Parse(body));
        Assert.Equal((text, isJson), (line.Text, line.IsJson));
    }

    private IEnumerable<string> Texts => _conversation.Lines.Select(line => line.Text);

    private void Add(string text, DateTimeOffset at) => _conversation.Add(new ChatLine("bob", isOwn: false, at).Say(text).Place($"m-{text}", at));

    private ChatLine Send(string mid, DateTimeOffset at)
    {
        var line = new ChatLine("alice", isOwn: true, at) { Id = mid }.Say(mid).Place(mid, at);
        _conversation.Add(line);
        return line;
    }
}
