// The nodes' traces in a real browser, as the nodes send them.
using DistributedSockets.Tests.Support;
using Microsoft.Playwright;

namespace DistributedSockets.Tests.Web.Browser;

[Collection(Pages.Name)]
public sealed class TracePageTests(BrowserFixture fixture)
{
    [Fact]
    public async Task A_message_between_two_nodes_appears_as_one_trace_over_both()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await fixture.Cluster.ConnectAsync(alice, node: 1);
        await using var receiver = await fixture.Cluster.ConnectAsync(bob, node: 2);
        await using var window = await fixture.OpenAsync("/traces");
        var page = window.Page;
        await page.GetByLabel("User, message, name or trace id").FillAsync(alice);
        await page.WaitForURLAsync($"**/traces?q={alice}");

        await sender.SendAsync(bob, "traced");
        Assert.Equal("traced", (await receiver.NextMessageAsync()).Body);

        // Without a reload, once both nodes have sent what they know.
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = $"{alice} → {bob}" });
        await Assertions.Expect(row.GetByText("node-1", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(row.GetByText("node-2", new() { Exact = true })).ToBeVisibleAsync();
        await window.IsAccessibleAsync();

        await row.GetByRole(AriaRole.Link).ClickAsync();
        await page.WaitForURLAsync(address => new Uri(address).AbsolutePath is ['/', 't', 'r', 'a', 'c', 'e', 's', '/', ..]);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync($"ws receive: {alice} → {bob}");
        await Assertions.Expect(Span(page, "ws receive", "node-1")).ToBeVisibleAsync();
        await Assertions.Expect(Span(page, "messages publish", "node-1")).ToBeVisibleAsync();
        await Assertions.Expect(Span(page, "ws deliver", "node-2")).ToBeVisibleAsync();

        var deliver = page.GetByRole(AriaRole.Button, new() { Name = "ws deliver" });
        await deliver.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".details")).ToContainTextAsync(bob);
        await window.IsAccessibleAsync();
        await window.TakePictureAsync("trace");

        await page.GetByRole(AriaRole.Link, new() { Name = "All traces" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Traces");
    }

    [Fact]
    public async Task Traces_are_readable_in_the_dark()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await fixture.Cluster.ConnectAsync(alice, node: 1);
        await using var receiver = await fixture.Cluster.ConnectAsync(bob, node: 3);
        for (var number = 0; number < 5; number++)
        {
            await sender.SendAsync(bob, "traced");
            await receiver.NextMessageAsync();
        }

        await using var window = await fixture.OpenAsync($"/traces?q={alice}", ColorScheme.Dark);
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Row)).ToHaveCountAsync(6);
        await window.IsAccessibleAsync();
        await window.TakePictureAsync("traces");
        await window.Page.GetByRole(AriaRole.Row).Last.GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(Span(window.Page, "ws receive", "node-1")).ToBeVisibleAsync();
        await window.IsAccessibleAsync();
        await window.TakePictureAsync("trace-dark");
    }

    private static ILocator Span(IPage page, string name, string node) => page.GetByRole(AriaRole.Row).Filter(new() { HasText = name }).Filter(new() { HasText = node }).First;
}
