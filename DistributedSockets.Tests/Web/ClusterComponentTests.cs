// The parts of the cluster's page without a browser: a node's card, the ledger, the question before something that can't be undone.
using Bunit;
using DistributedSockets.Web.Cluster;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;

namespace DistributedSockets.Tests.Web;

public sealed class ClusterComponentTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_090_000);
    private static readonly IReadOnlyList<NodeSample> NoSamples = [];
    private static readonly NodeAddress Address = new("node-1", new Uri("http://localhost:8081"));
    private static readonly NodeInfo Info = new("server-1", "1764000000000", 1200, 800, Standalone: false, "0.1.0") { Process = new NodeProcess(7, 1_764_000_000_000) };

    private static readonly ReportedNode Told = new(
        "server-1", 1_764_000_000_000, "http://localhost:8081", "box", Draining: false, 1200, 800, 20, 2500, 0.84, 10, 2, 0.5, 3, 2, 1, 183_500_800, "connected");

    private readonly BunitContext _context = new();

    public ValueTask InitializeAsync()
    {
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
        _context.Services.AddMudServices();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    [Fact]
    public void Card_of_a_healthy_node_has_its_numbers()
    {
        var card = RenderCard(new NodeStatus(Address, NodeHealth.Healthy, null, Info), Told);

        Assert.Equal("healthy", card.Find("[role=status]").TextContent);
        var values = card.FindAll("dl .metric").ToDictionary(row => row.QuerySelector("dt")!.TextContent, row => Plain(row.QuerySelector(".metric-value")!.TextContent));
        Assert.Equal("1,200 · 800 users", values["Connections"]);
        Assert.Equal("20 · 2,500 /s", values["In, out"]);
        Assert.Equal("10 · 2 · 0.5 /s", values["Local, remote, inbox"]);
        Assert.Equal("0.84 ms", values["Probe lag"]);
        Assert.Equal("send 3 · lanes 2 · bus 1", values["Waiting"]);
        Assert.Equal("175 MiB", values["Memory"]);
        Assert.Contains("up 1 min", Plain(card.Find(".card-facts").TextContent), StringComparison.Ordinal);
        Assert.Empty(card.FindAll(".card-actions"));
    }

    [Fact]
    public void Card_of_a_node_that_does_not_answer_says_why_and_shows_no_number_of_before()
    {
        var card = RenderCard(new NodeStatus(Address, NodeHealth.Unreachable, "node-1 did not answer: connection refused.", Info: null) { LastInfo = Info }, Told);

        Assert.Equal("no answer", card.Find("[role=status]").TextContent);
        Assert.Contains("connection refused", card.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("2,500", card.Markup, StringComparison.Ordinal);
        Assert.Contains("server-1", card.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "balances", false)]
    [InlineData(-3, "off by -3", true)]
    public void Ledger_says_whether_it_balances(long difference, string word, bool alarms)
    {
        var panel = _context.Render<LedgerPanel>(parameters => parameters.Add(it => it.Ledger, new Ledger(1200, 1100, 3, 0, 97, difference)));

        Assert.Equal(word, panel.Find(".chip").TextContent);
        Assert.Equal(alarms, panel.FindAll("[role=alert]").Count == 1);
        Assert.Equal(["1,100", "97", "3", "0"], panel.FindAll("dd").Select(number => number.TextContent));

        // What there is none of has no part of the bar.
        Assert.Equal(["delivered", "pending", "expired"], panel.FindAll(".bar span").Select(part => part.ClassName));
    }

    [Theory]
    [InlineData("Kill", true)]
    [InlineData("Cancel", false)]
    public async Task Question_is_answered_by_the_button_that_names_the_deed(string button, bool answer)
    {
        var provider = _context.Render<MudDialogProvider>();
        var dialogs = _context.Services.GetRequiredService<IDialogService>();
        var asked = Task.FromResult(false);
        await provider.InvokeAsync(() => { asked = ConfirmDialog.AskAsync(dialogs, "Kill node-1?", "Its connections break.", "Kill"); });

        provider.WaitForAssertion(() => Assert.Contains("Its connections break.", provider.Markup, StringComparison.Ordinal));
        await provider.FindAll("button").Single(it => it.TextContent.Trim() == button).ClickAsync(new Microsoft.AspNetCore.Components.Web.MouseEventArgs());

        Assert.Equal(answer, await asked.WaitAsync(TimeSpan.FromSeconds(30), Xunit.TestContext.Current.CancellationToken));
    }

    private static string Plain(string text) => string.Join(' ', text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));

    private IRenderedComponent<NodeCard> RenderCard(NodeStatus node, ReportedNode told) => _context.Render<NodeCard>(parameters => parameters
        .Add(it => it.Node, node).Add(it => it.Told, told).Add(it => it.Samples, NoSamples).Add(it => it.Now, 100).Add(it => it.At, Now));
}
