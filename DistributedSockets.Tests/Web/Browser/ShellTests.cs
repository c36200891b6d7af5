// The frame around every page, in a real browser.
using Microsoft.Playwright;

namespace DistributedSockets.Tests.Web.Browser;

[Collection(Pages.Name)]
public sealed class ShellTests(BrowserFixture fixture)
{
    [Fact]
    public async Task The_colours_follow_the_system_until_one_chooses_and_the_choice_is_kept()
    {
        await using var window = await fixture.OpenAsync("/", ColorScheme.Dark);
        var page = window.Page;
        var light = page.GetByRole(AriaRole.Button, new() { Name = "Switch to light colours" });
        var dark = page.GetByRole(AriaRole.Button, new() { Name = "Switch to dark colours" });

        await Assertions.Expect(light).ToBeVisibleAsync();
        await light.ClickAsync();
        await Assertions.Expect(dark).ToBeVisibleAsync();
        await page.ReloadAsync();

        await Assertions.Expect(dark).ToBeVisibleAsync();
        Assert.Equal("light", await page.EvaluateAsync<string>("getComputedStyle(document.documentElement).colorScheme"));
    }

    [Fact]
    public async Task The_keyboard_skips_to_the_content()
    {
        await using var window = await fixture.OpenAsync("/");
        var page = window.Page;

        await page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
    }
}
