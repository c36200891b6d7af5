// The chat page in a real browser, over a real cluster.
using System.Text.RegularExpressions;
using DistributedSockets.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DistributedSockets.Tests.Web.Browser;

[Collection(Pages.Name)]
public sealed class ChatPageTests(BrowserFixture fixture)
{
    private readonly string _alice = RunningCluster.NewUser("alice");
    private readonly string _bob = RunningCluster.NewUser("bob");

    [Fact]
    public async Task A_message_crosses_two_nodes_and_its_ticks_tell_how_far_it_has_come()
    {
        var (window, panes) = await OpenAsync();
        await using var open = window;
        var (alice, bob) = (panes[0], panes[1]);

        // He has another conversation open: he gets the message, and has not read it.
        await bob.OpenAsync("somebody-else");
        await alice.SayAsync("hi bob");
        await Expect(alice.TicksOf("hi bob")).ToHaveTextAsync("delivered");
        await Expect(bob.Conversation(_alice)).ToContainTextAsync("1 unread");

        await bob.SelectAsync(_alice);
        await Expect(bob.Line("hi bob")).ToBeVisibleAsync();
        await Expect(alice.TicksOf("hi bob")).ToHaveTextAsync("read");
        await Expect(bob.Conversation(_alice)).Not.ToContainTextAsync("unread");
    }

    [Fact]
    public async Task What_the_other_one_does_is_seen_while_it_happens()
    {
        var (window, panes) = await OpenAsync();
        await using var open = window;
        var (alice, bob) = (panes[0], panes[1]);
        await Expect(alice.Conversation(_bob)).ToContainTextAsync("online");

        await bob.Composer.PressSequentiallyAsync("al");
        await Expect(alice.Root.GetByText($"{_bob} is typing…")).ToBeVisibleAsync();
        await bob.SayAsync("almost right");
        await Expect(alice.Root.GetByText($"{_bob} is typing…")).ToBeHiddenAsync();

        await Expect(bob.TicksOf("almost right")).ToHaveTextAsync("read");
        await bob.Composer.PressAsync("ArrowUp");
        await Expect(bob.Composer).ToHaveValueAsync("almost right");
        await bob.Composer.FillAsync("quite right");
        await bob.Composer.PressAsync("Enter");
        await Expect(alice.Line("quite right")).ToContainTextAsync("edited");

        await bob.Button("Delete the message").ClickAsync();
        await Expect(alice.Line("This message was deleted")).ToBeVisibleAsync();

        await bob.Button("goes offline").ClickAsync();
        await Expect(alice.Root.GetByText("offline since")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_pane_whose_network_was_dropped_comes_back_by_itself_and_catches_up()
    {
        var (window, panes) = await OpenAsync();
        await using var open = window;
        var (alice, bob) = (panes[0], panes[1]);
        await alice.SayAsync("before");
        await Expect(alice.TicksOf("before")).ToHaveTextAsync("read");

        await bob.Button("Drop the network").ClickAsync();
        await Expect(bob.Root.GetByText("recovering…")).ToBeVisibleAsync();
        await alice.SayAsync("first");
        await alice.SayAsync("second");

        await Expect(bob.Root.GetByText(new Regex("^Resumed on node-[123], [0-2] messages? caught up"))).ToBeVisibleAsync();
        await Expect(bob.Log.Locator(".bubble")).ToHaveTextAsync(["before", "first", "second"]);
        await Expect(alice.TicksOf("second")).ToHaveTextAsync("read");
    }

    [Fact]
    public async Task A_pane_goes_offline_and_on_where_it_was()
    {
        var (window, panes) = await OpenAsync();
        await using var open = window;
        var (alice, bob) = (panes[0], panes[1]);

        await bob.Button("goes offline").ClickAsync();
        await Expect(bob.Composer).ToBeDisabledAsync();
        await alice.SayAsync("for later");
        await Expect(alice.TicksOf("for later")).ToHaveTextAsync("acknowledged");

        await bob.Button("Go online").ClickAsync();
        await Expect(bob.Root.GetByText("1 message caught up")).ToBeVisibleAsync();
        await Expect(alice.TicksOf("for later")).ToHaveTextAsync("read");
    }

    [Fact]
    public async Task Users_talk_in_a_room_and_its_history_is_there_for_the_next_page()
    {
        var room = RunningCluster.NewUser("team");
        var (window, panes) = await OpenAsync();
        await using (window)
        {
            await panes[0].OpenAsync($"#{room}");
            await panes[1].OpenAsync($"#{room}");
            await panes[0].SayAsync("hi all");
            await Expect(panes[1].Line("hi all")).ToContainTextAsync(_alice);
            await Expect(panes[0].TicksOf("hi all")).ToHaveTextAsync("acknowledged");
            await Expect(panes[1].Root.GetByText("2 members")).ToBeVisibleAsync();
            await panes[1].SayAsync("hi yourself");
            await Expect(panes[0].Root.GetByText("2 members")).ToBeVisibleAsync();
        }

        var (again, later) = await fixture.OpenChatAsync([$"{_bob}@node-3"]);
        await using var open = again;
        await later[0].SelectAsync(room);
        await Expect(later[0].Line("hi all")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_click_on_a_message_shows_its_journey_over_both_nodes()
    {
        var (window, panes) = await OpenAsync();
        await using var open = window;
        await panes[0].SayAsync("follow me");
        await Expect(panes[0].TicksOf("follow me")).ToHaveTextAsync("read");

        await panes[1].Line("follow me").Locator(".bubble").ClickAsync();
        var journey = window.Page.GetByRole(AriaRole.Region, new() { Name = "Journey of" });
        foreach (var step in (string[])["Received from the sender", "Stored in the inbox", "Published and confirmed", "Arrived over the broker", "Written to the socket", "Acknowledged by the device"])
        {
            await Expect(journey.GetByRole(AriaRole.Rowheader, new() { Name = step })).ToBeVisibleAsync();
        }

        await Expect(journey.GetByText("node-1")).ToBeVisibleAsync();
        await Expect(journey.GetByText("node-2")).ToBeVisibleAsync();
        await Expect(journey.GetByRole(AriaRole.Cell, new() { NameRegex = new("^[0-9]+ µs$") }).First).ToBeVisibleAsync();
        await window.IsAccessibleAsync();

        await window.Page.Keyboard.PressAsync("Escape");
        await Expect(journey).ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_pane_is_opened_for_anyone_and_closed()
    {
        var (window, panes) = await fixture.OpenChatAsync([$"{_alice}@node-1"]);
        await using var open = window;
        var form = window.Page.GetByRole(AriaRole.Form, new() { Name = "Open a pane" });
        await form.GetByLabel("User").FillAsync(_bob);
        await form.GetByLabel("Node").SelectOptionAsync("node-3");
        await form.GetByRole(AriaRole.Button).ClickAsync();

        var bob = new ChatPaneView(window.Page, _bob);
        await bob.IsConnectedAsync("node-3");
        await bob.OpenAsync(_alice);
        await bob.SayAsync("hi alice");
        await Expect(panes[0].Conversation(_bob)).ToContainTextAsync("1 unread");

        await bob.Button("Close the pane").ClickAsync();
        await Expect(bob.Root).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Panes_stay_connected_while_one_looks_at_another_page()
    {
        var (window, panes) = await OpenAsync();
        await using var open = window;
        await panes[0].SayAsync("be right back");
        await Expect(panes[0].TicksOf("be right back")).ToHaveTextAsync("read");
        var pages = window.Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" });
        await panes[0].Composer.FillAsync("half a thou");

        await window.Page.EvaluateAsync("Blazor.navigateTo('/not-found')");
        await Expect(panes[0].Root).ToBeHiddenAsync();
        await pages.GetByRole(AriaRole.Link, new() { Name = "Chat" }).ClickAsync();

        await panes[0].IsConnectedAsync("node-1");
        await Expect(panes[0].Root.GetByText("Resumed")).ToBeHiddenAsync();
        await Expect(panes[0].TicksOf("be right back")).ToHaveTextAsync("read");
        await Expect(panes[0].Composer).ToHaveValueAsync("half a thou");
    }

    private Task<(BrowserPage Window, ChatPaneView[] Panes)> OpenAsync() => fixture.OpenChatAsync([$"{_alice}@node-1", $"{_bob}@node-2"]);
}
