// The chat page as its tests speak of it: panes by user, what they say, what they show.
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DistributedSockets.Tests.Web.Browser;

/// <summary>The pane of one user.</summary>
internal sealed class ChatPaneView(IPage page, string user)
{
    public ILocator Root { get; } = page.GetByRole(AriaRole.Region, new() { Name = $"Chat of {user}", Exact = true });

    public ILocator Log => Root.GetByRole(AriaRole.Log);

    public ILocator Composer => Root.GetByRole(AriaRole.Textbox, new() { Name = "Message " });

    /// <summary>The ticks behind the message with this text.</summary>
    public ILocator TicksOf(string text) => Line(text).Locator(".ticks");

    public ILocator Line(string text) => Log.Locator(".line").Filter(new() { Has = page.GetByText(text, new() { Exact = true }) });

    public ILocator Button(string name) => Root.GetByRole(AriaRole.Button, new() { Name = name });

    public ILocator Conversation(string name) => Root.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Button, new() { Name = name });

    public Task IsConnectedAsync(string node) => Expect(Root.GetByText($"connected · {node}")).ToBeVisibleAsync();

    public async Task SayAsync(string text)
    {
        await Composer.FillAsync(text);
        await Composer.PressAsync("Enter");
        await Expect(Line(text)).ToBeVisibleAsync();
    }

    public async Task SelectAsync(string conversation)
    {
        await Conversation(conversation).ClickAsync();
        await HasFocusAsync();
    }

    public async Task OpenAsync(string conversation)
    {
        var field = Root.GetByRole(AriaRole.Textbox, new() { Name = "User or #room" });
        await field.FillAsync(conversation);
        await field.PressAsync("Enter");
        await Expect(Root.GetByRole(AriaRole.Heading, new() { Name = conversation.TrimStart('#'), Level = 3 })).ToBeVisibleAsync();
        await HasFocusAsync();
    }

    /// <summary>The page moves the focus there a moment after a conversation was chosen: whoever goes on elsewhere before that loses a key to it.</summary>
    private Task HasFocusAsync() => Expect(Composer).ToBeFocusedAsync();
}

internal static class ChatWindow
{
    /// <summary>Opens the page with a pane for each of <c>user@node-1</c>, connected.</summary>
    public static async Task<(BrowserPage Window, ChatPaneView[] Panes)> OpenChatAsync(this BrowserFixture fixture, string[] panes, ColorScheme colors = ColorScheme.Light)
    {
        var window = await fixture.OpenAsync($"/?{string.Join('&', panes.Select(pane => $"pane={Uri.EscapeDataString(pane)}"))}", colors);
        var views = new List<ChatPaneView>();
        foreach (var pane in panes)
        {
            var parts = pane.Split('@');
            var view = new ChatPaneView(window.Page, parts[0]);
            await view.IsConnectedAsync(parts[1]);
            views.Add(view);
        }

        return (window, [.. views]);
    }
}
