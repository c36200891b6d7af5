// One cluster and one browser for all tests of pages.
using DistributedSockets.Tests.Support;
using Microsoft.Playwright;

namespace DistributedSockets.Tests.Web.Browser;

/// <summary>Three nodes, the page and a browser, each test with a window and with users of its own. A test that breaks a node leaves all of them healthy.</summary>
public sealed class BrowserFixture : ClusterFixture
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Opens the page at a path, such as <c>/cluster</c>, in a window that shares nothing with others.</summary>
    internal async Task<BrowserPage> OpenAsync(string path, ColorScheme colors = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Cluster.Web.ToString(),
            ColorScheme = colors,
            ReducedMotion = ReducedMotion.Reduce,
            Locale = "en-GB",
            TimezoneId = "UTC",
            ViewportSize = new ViewportSize { Width = 1280, Height = 800 },
        });
        return await BrowserPage.OpenAsync(context, path);
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        await base.DisposeAsync();
    }

    private protected override async Task<RunningCluster> StartAsync()
    {
        var executable = await Chromium.ExecutableAsync(TestContext.Current.CancellationToken);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = executable, Args = Chromium.Arguments, Timeout = 90_000 });
        return await RunningCluster.StartAsync(nodes: 3, traces: true);
    }
}

[CollectionDefinition(Name)]
public sealed class Pages : ICollectionFixture<BrowserFixture>
{
    public const string Name = "pages in a browser";
}
