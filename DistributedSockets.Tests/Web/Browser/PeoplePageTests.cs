// The page of users and rooms in a real browser: found, looked at, disconnected, cleared.
using DistributedSockets.Tests.Support;
using Microsoft.Playwright;

namespace DistributedSockets.Tests.Web.Browser;

[Collection(Pages.Name)]
public sealed class PeoplePageTests(BrowserFixture fixture) : IDisposable
{
    private readonly ApiProgram _api = new();

    private RunningCluster Cluster => fixture.Cluster;

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task User_is_found_disconnected_and_their_inbox_cleared()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await DsClient.ConnectAsync(Cluster.Node(1), alice, "phone");
        await using var phone = await DsClient.ConnectAsync(Cluster.Node(2), bob, "phone");
        await using var tablet = await DsClient.ConnectAsync(Cluster.Node(3), bob, "tablet");
        for (var number = 1; number <= 3; number++)
        {
            await sender.SendAsync(bob, $"hello {number}", $"m-{number}");
            await sender.NextAsync("ack");
        }

        await using var window = await fixture.OpenAsync("/people");
        var page = window.Page;
        await page.GetByLabel("Search users").FillAsync(bob.ToUpperInvariant());
        await PickTheOnlyOneAsync(page, "Users");
        var sessions = page.GetByRole(AriaRole.Region, new() { Name = $"Sessions of {bob}" });
        await Assertions.Expect(sessions.GetByRole(AriaRole.Row)).ToHaveCountAsync(3);
        await Assertions.Expect(sessions).ToContainTextAsync("server-3");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = $"Inbox of {bob}" }).GetByRole(AriaRole.Row)).ToHaveCountAsync(4);
        await window.IsAccessibleAsync();
        await window.TakePictureAsync("people");

        await sessions.GetByRole(AriaRole.Button, new() { Name = $"Disconnect tablet of {bob}" }).ClickAsync();
        await ConfirmAsync(page, "Disconnect");
        Assert.Equal(4003, await tablet.WhenClosedAsync());
        await Assertions.Expect(sessions.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);

        await page.GetByRole(AriaRole.Button, new() { Name = "Clear inbox" }).ClickAsync();
        await ConfirmAsync(page, "Clear inbox");
        await Assertions.Expect(page.GetByText("3 messages were taken out.")).ToBeVisibleAsync();
        Assert.Equal(0L, (await _api.AskAsync("GET", Cluster.Node(1), $"users/{bob}/inbox")).Number("pending"));
    }

    [Fact]
    public async Task Room_shows_its_members_who_of_them_is_online_and_what_was_said()
    {
        var (alice, room) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("team"));
        await using var client = await DsClient.ConnectAsync(Cluster.Node(1), alice, "phone");
        await _api.AskAsync("PUT", Cluster.Node(2), $"rooms/{room}/members/{alice}");
        await _api.AskAsync("PUT", Cluster.Node(2), $"rooms/{room}/members/{room}-absent");
        await _api.AskAsync("POST", Cluster.Node(3), "messages", $$"""{"from":"{{alice}}","room":"{{room}}","body":"good morning"}""");

        await using var window = await fixture.OpenAsync("/people", ColorScheme.Dark);
        var page = window.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Rooms", Exact = true }).ClickAsync();
        await page.GetByLabel("Search rooms").FillAsync(room);
        await PickTheOnlyOneAsync(page, "Rooms");

        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = $"{alice}, online" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = $"{room}-absent, offline" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("good morning")).ToBeVisibleAsync();
        await window.IsAccessibleAsync();
        await window.TakePictureAsync("room-dark");

        // Without a reload.
        await _api.AskAsync("POST", Cluster.Node(3), "messages", $$"""{"from":"{{alice}}","room":"{{room}}","body":"and good night"}""");
        await Assertions.Expect(page.GetByText("and good night")).ToBeVisibleAsync();
    }

    /// <summary>The only one that a search has left. While the list shrinks a click may hit nothing.</summary>
    private static async Task PickTheOnlyOneAsync(IPage page, string list)
    {
        var found = page.GetByRole(AriaRole.List, new() { Name = list, Exact = true }).GetByRole(AriaRole.Link);
        await Assertions.Expect(found).ToHaveCountAsync(1);
        await found.ClickAsync();
    }

    private static Task ConfirmAsync(IPage page, string verb) =>
        page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = verb, Exact = true }).ClickAsync();
}
