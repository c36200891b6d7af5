// The cluster's page in a real browser: what it shows of real nodes, and what happens to them from there.
using System.Text.RegularExpressions;
using DistributedSockets.Tests.Support;
using Microsoft.Playwright;

namespace DistributedSockets.Tests.Web.Browser;

[Collection(Pages.Name)]
public sealed class ClusterPageTests(BrowserFixture fixture)
{
    private RunningCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Page_shows_the_nodes_what_they_stand_on_and_the_books_to_everybody(ColorScheme colors)
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var one = await DsClient.ConnectAsync(Cluster.Node(1), alice, "phone");
        await using var two = await DsClient.ConnectAsync(Cluster.Node(2), bob, "tablet");
        await using var window = await fixture.OpenAsync("/cluster", colors);
        var page = window.Page;
        var card = page.GetByRole(AriaRole.Article, new() { Name = "node-2" });

        await Assertions.Expect(card.GetByRole(AriaRole.Status)).ToHaveTextAsync("healthy");
        await Assertions.Expect(page.GetByText("Durable: appendonly yes, appendfsync always.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("All 3 nodes are connected")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("balances")).ToBeVisibleAsync();

        using var ending = new CancellationTokenSource();
        var talking = TalkAsync(one, bob, ending.Token);

        // In, out: the node that has bob's connection writes what alice's node has sent there.
        await Assertions.Expect(card.Locator("dl .second").First).Not.ToHaveTextAsync(new Regex("^[–0]$"));
        await window.IsAccessibleAsync();
        await window.TakePictureAsync(colors == ColorScheme.Dark ? "cluster-dark" : "cluster");
        await ending.CancelAsync();
        await talking;
    }

    [Fact]
    public async Task Node_killed_from_the_page_goes_down_and_comes_back_on_it()
    {
        await using var window = await fixture.OpenAsync("/cluster");
        var page = window.Page;
        var card = page.GetByRole(AriaRole.Article, new() { Name = "node-3" });
        var state = card.GetByRole(AriaRole.Status);
        var before = await Cluster.InfoAsync(3);
        await Assertions.Expect(state).ToHaveTextAsync("healthy");

        await card.GetByRole(AriaRole.Button, new() { Name = "Kill node-3" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("The AppHost starts it again");
        await window.IsAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Kill", Exact = true }).ClickAsync();

        await Assertions.Expect(state).ToHaveTextAsync("no answer");
        await Assertions.Expect(card.Locator("svg .gap").First).ToBeAttachedAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "2 of 3 nodes healthy" })).ToBeVisibleAsync();
        await Assertions.Expect(state).ToHaveTextAsync("healthy");
        var after = await Cluster.InfoAsync(3);
        Assert.NotEqual((before.Pid, before.Incarnation), (after.Pid, after.Incarnation));
        await Cluster.WhenHealthyAsync();
    }

    [Fact]
    public async Task Node_paused_from_the_page_stands_still_until_it_is_continued()
    {
        await using var window = await fixture.OpenAsync("/cluster");
        var page = window.Page;
        var card = page.GetByRole(AriaRole.Article, new() { Name = "node-2" });
        var state = card.GetByRole(AriaRole.Status);
        await Assertions.Expect(state).ToHaveTextAsync("healthy");

        await card.GetByRole(AriaRole.Button, new() { Name = "Pause node-2" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true }).ClickAsync();
        await Assertions.Expect(state).ToHaveTextAsync("paused");

        await card.GetByRole(AriaRole.Button, new() { Name = "Continue node-2" }).ClickAsync();
        await Assertions.Expect(state).ToHaveTextAsync("healthy");
        await Cluster.WhenHealthyAsync();
    }

    private static async Task TalkAsync(DsClient client, string to, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var number = 1; !cancellationToken.IsCancellationRequested; number++)
        {
            await client.SendAsync(to, "hello", $"m-{number}");
            await client.NextAsync("ack");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
