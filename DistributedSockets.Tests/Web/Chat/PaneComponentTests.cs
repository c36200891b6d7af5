// The parts of a pane that only show what they are given.
using System.Text.Json;
using Bunit;
using DistributedSockets.Client;
using DistributedSockets.Web.Chat;
using DistributedSockets.Web.Chat.Panes;
using MudBlazor.Services;

namespace DistributedSockets.Tests.Web.Chat;

public sealed class PaneComponentTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly BunitContext _context = new();

    public ValueTask InitializeAsync()
    {
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
        _context.Services.AddMudServices();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    [Theory]
    [InlineData(LineState.Waiting, "waiting")]
    [InlineData(LineState.Stored, "acknowledged")]
    [InlineData(LineState.Delivered, "delivered")]
    [InlineData(LineState.Read, "read")]
    [InlineData(LineState.Expired, "expired")]
    [InlineData(LineState.Failed, "not delivered")]
    public void Ticks_say_in_words_what_they_show(LineState state, string word)
    {
        var ticks = _context.Render<Ticks>(parameters => parameters.Add(component => component.State, state));
        Assert.Equal(word, ticks.Find(".ticks").TextContent.Trim());
    }

    [Fact]
    public void A_refusal_says_why()
    {
        var line = new ChatLine("alice", isOwn: true, Noon) { Id = "1" }.Say("hi");
        line.Refuse("the inbox of bob is full");
        var shown = Show(line);
        Assert.Equal("the inbox of bob is full", shown.Find(".ticks").GetAttribute("title"));
    }

    [Theory]
    [InlineData(SessionState.Connecting, "connecting…")]
    [InlineData(SessionState.Connected, "connected · node-2")]
    [InlineData(SessionState.Recovering, "recovering…")]
    [InlineData(SessionState.Offline, "offline")]
    [InlineData(SessionState.Closed, "closed")]
    public void The_chip_says_where_one_stands(SessionState state, string text)
    {
        var chip = _context.Render<StateChip>(parameters => parameters.Add(component => component.State, state).Add(component => component.Node, "node-2").Add(component => component.Reason, "why"));
        Assert.Equal(text, chip.Find(".chip").TextContent.Trim());
        Assert.Equal("why", chip.Find(".chip").GetAttribute("title"));
    }

    [Fact]
    public void Only_an_own_message_that_the_system_has_can_be_changed()
    {
        var own = new ChatLine("alice", isOwn: true, Noon) { Id = "1" }.Say("hi");
        Assert.Empty(Show(own).FindAll("button"));

        own.Place("m-1", Noon);
        Assert.Equal(["Journey of the message hi", "Edit the message hi", "Delete the message hi"], Labels(own));

        own.Delete();
        Assert.DoesNotContain(Labels(own), label => label!.StartsWith("Edit", StringComparison.Ordinal));
        Assert.Single(Labels(new ChatLine("bob", isOwn: false, Noon).Say("hi").Place("m-2", Noon)));
    }

    [Fact]
    public void Markup_in_a_message_is_text()
    {
        var shown = Show(new ChatLine("bob", isOwn: false, Noon).Say("<script>alert(1)</script>").Place("m-1", Noon));
        Assert.Empty(shown.FindAll("script"));
        Assert.Equal("<script>alert(1)</script>", shown.Find(".bubble").TextContent);
    }

    [Fact]
    public void The_list_shows_who_is_there_and_what_is_unread()
    {
        var bob = new Conversation(Target.User("bob")) { IsOnline = true };
        var team = new Conversation(Target.Room("team"));
        for (var number = 1; number <= 2; number++)
        {
            team.MarkUnread(new Message(MessageKind.New, JsonElement.Parse("""{"from":"carol","room":"team","body":"hi"}"""), null));
        }

        var list = ShowList(bob, team);
        var entries = list.FindAll("li button");
        Assert.Equal("true", entries[0].GetAttribute("aria-current"));
        Assert.Contains("online", entries[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("2 unread", entries[1].TextContent, StringComparison.Ordinal);

        team.MarkSeen();
        Assert.DoesNotContain("unread", ShowList(team, bob).Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bob", "bob", false)]
    [InlineData(" #team ", "team", true)]
    public void A_name_opens_a_user_and_with_a_number_sign_a_room(string typed, string name, bool isRoom)
    {
        Target? opened = null;
        var list = _context.Render<ConversationList>(parameters => parameters.Add(component => component.User, "alice").Add(component => component.OnOpen, target => opened = target));

        list.Find("input").Input(typed);
        list.Find("form").Submit();

        Assert.Equal(isRoom ? Target.Room(name) : Target.User(name), opened);
    }

    private IRenderedComponent<ConversationList> ShowList(params Conversation[] conversations) => _context.Render<ConversationList>(parameters => parameters
        .Add(component => component.User, "alice").Add(component => component.Conversations, conversations).Add(component => component.Selected, conversations[0]));

    private List<string?> Labels(ChatLine line) => [.. Show(line).FindAll("button").Select(button => button.GetAttribute("aria-label"))];

    private IRenderedComponent<ThreadLine> Show(ChatLine line) =>
        _context.Render<ThreadLine>(parameters => parameters.Add(component => component.Line, line).Add(component => component.UtcOffset, TimeSpan.Zero));
}
