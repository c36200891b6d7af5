// The chat page as people see it, light and dark: nothing that a screen reader stumbles over, and the pictures of the documentation.
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DistributedSockets.Tests.Web.Browser;

[Collection(Pages.Name)]
public sealed class ChatPictureTests(BrowserFixture fixture)
{
    [Theory]
    [InlineData(ColorScheme.Light, "alice", "bob", "release", "")]
    [InlineData(ColorScheme.Dark, "carol", "dave", "launch", "-dark")]
    public async Task The_chat_is_accessible_in_light_and_dark(ColorScheme colors, string left, string right, string room, string suffix)
    {
        // Short names for the picture, which no other test has: they see nothing but what is said here.
        var (window, panes) = await fixture.OpenChatAsync([$"{left}@node-1", $"{right}@node-2"], colors);
        await using var open = window;
        var (alice, bob) = (panes[0], panes[1]);

        await bob.OpenAsync($"#{room}");
        await alice.OpenAsync($"#{room}");
        await alice.SayAsync("Release 2.4 is out on all three nodes.");
        await bob.SelectAsync(left);
        await alice.SelectAsync(right);
        await alice.SayAsync("Hi, do you see this on the other node?");
        await bob.SayAsync("I do. It came over the broker.");
        await alice.SayAsync("Then let us pull the plug and see what happens.");
        await Expect(alice.TicksOf("Then let us pull the plug and see what happens.")).ToHaveTextAsync("read");
        await bob.OpenAsync($"#{room}");
        await alice.SayAsync("Still there?");
        await Expect(alice.TicksOf("Still there?")).ToHaveTextAsync("delivered");
        await Expect(bob.Conversation(left)).ToContainTextAsync("1 unread");
        await bob.Composer.PressSequentiallyAsync("Great");

        await window.IsAccessibleAsync();
        await window.TakePictureAsync($"chat{suffix}");

        await alice.Line("Hi, do you see this on the other node?").Locator(".bubble").ClickAsync();
        await Expect(window.Page.GetByRole(AriaRole.Rowheader, new() { Name = "Acknowledged by the device" })).ToBeVisibleAsync();
        await window.IsAccessibleAsync();
        await window.TakePictureAsync($"journey{suffix}");
    }

    [Fact]
    public async Task On_a_narrow_screen_everything_has_its_place()
    {
        var (window, panes) = await fixture.OpenChatAsync(["carol-narrow@node-1"]);
        await using var open = window;
        await window.Page.SetViewportSizeAsync(390, 800);
        await panes[0].OpenAsync("dave-narrow");
        await panes[0].SayAsync("hi from a phone");

        Assert.True(await window.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        await window.IsAccessibleAsync();
    }

    [Fact]
    public async Task A_wrong_address_has_a_page_too()
    {
        await using var window = await fixture.OpenAsync("/nowhere");
        await Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "There is no page at this address" })).ToBeVisibleAsync();
        await window.IsAccessibleAsync();
    }
}
