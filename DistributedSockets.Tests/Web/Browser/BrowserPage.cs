// A window of the browser: what tests do with a page besides clicking.
using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace DistributedSockets.Tests.Web.Browser;

/// <summary>A window of the browser. Its end fails the test if a script of the page has failed.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    /// <summary>Set it to have the pictures in <c>docs/images</c> taken anew; else a test run leaves the repository as it was.</summary>
    private const string PicturesVariable = "TAKE_SCREENSHOTS";

    // For a machine that does much else meanwhile; usually everything is there at once.
    private const float Patience = 45_000;

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentQueue<string> _elsewhere = new();

    private BrowserPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.PageError += (_, error) => _failures.Enqueue(error);
        page.Request += (_, request) => NoteHost(request.Url);
    }

    public IPage Page { get; }

    public static async Task<BrowserPage> OpenAsync(IBrowserContext context, string path)
    {
        context.SetDefaultTimeout(Patience);
        Assertions.SetDefaultExpectTimeout(Patience);
        var window = new BrowserPage(context, await context.NewPageAsync());
        await window.Page.GotoAsync(path);
        await window.Page.Locator("h1").WaitForAsync();
        return window;
    }

    /// <summary>Asserts that axe finds nothing serious or critical in the page as it is now.</summary>
    public async Task IsAccessibleAsync()
    {
        var result = await Page.RunAxe();
        var findings = result.Violations.Where(violation => violation.Impact is "serious" or "critical").Select(Describe);
        Assert.True(!findings.Any(), string.Join(Environment.NewLine, findings));
    }

    /// <summary>Takes the page's picture for the documentation, where that is asked for.</summary>
    public async Task TakePictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable(PicturesVariable) is { Length: > 0 })
        {
            await Page.Mouse.MoveAsync(0, 0);
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures(), $"{name}.png"), Animations = ScreenshotAnimations.Disabled, Caret = ScreenshotCaret.Hide });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.Empty(_failures);
        Assert.Empty(_elsewhere);
    }

    private void NoteHost(string url)
    {
        if (new Uri(url) is { IsLoopback: false, Scheme: "http" or "https" })
        {
            _elsewhere.Enqueue(url);
        }
    }

    private static string Describe(AxeResultItem violation) =>
        $"{violation.Impact} {violation.Id}: {violation.Help}; {string.Join(" | ", violation.Nodes.Take(5).Select(node => node.Html))}";

    private static string Pictures()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DistributedSockets.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run in the repository.");
        }

        return Directory.CreateDirectory(Path.Combine(folder.FullName, "docs", "images")).FullName;
    }
}
