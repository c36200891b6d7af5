// A message's way, laid out and drawn.
using Bunit;
using DistributedSockets.Client;
using DistributedSockets.Web.Chat;
using DistributedSockets.Web.Chat.Journeys;
using DistributedSockets.Web.Traces;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;

namespace DistributedSockets.Tests.Web.Chat;

public sealed class JourneyTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly BunitContext _context = new();
    private readonly JourneyBook _book = new();

    public ValueTask InitializeAsync()
    {
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
        _context.Services.AddMudServices().AddSingleton(_book).AddSingleton(new TraceOptions(Collect: false, Url: null, Collector: null));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    [Fact]
    public void Steps_of_a_node_follow_one_another()
    {
        var journey = Journey.From([Step("node-1", "received", 0), Step("node-1", "stored", 400), Step("node-1", "published", 250)]);

        var node = Assert.Single(journey.Nodes);
        Assert.Equal([(0, 0), (0, 400), (400, 650)], node.Steps.Select(step => (step.Start, step.End)));
        Assert.Equal(650, journey.Total);
    }

    [Fact]
    public void The_senders_node_comes_first_in_whatever_order_the_news_came()
    {
        var journey = Journey.From([Step("node-2", "arrived", 0, ms: 2), Step("node-1", "received", 0), Step("node-2", "written", 30, ms: 2), Step("node-1", "stored", 400)]);

        Assert.Equal(["node-1", "node-2"], journey.Nodes.Select(node => node.Name));
        Assert.Equal(2_000, journey.Nodes[1].Steps[0].Start);
        Assert.Equal(2_030, journey.Total);
    }

    [Fact]
    public void A_clock_that_is_behind_lets_nothing_arrive_before_it_was_stored()
    {
        var journey = Journey.From([Step("node-1", "received", 0), Step("node-1", "stored", 400), Step("node-2", "arrived", 0, ms: -5)]);

        Assert.Equal(400, journey.Nodes[1].Steps[0].Start);
    }

    [Theory]
    [InlineData(412, "412 µs")]
    [InlineData(1_350, "1.35 ms")]
    [InlineData(2_100_000, "2.10 s")]
    public void Times_are_told_in_a_unit_that_fits(double microseconds, string text) => Assert.Equal(text, Journey.Text(microseconds));

    [Fact]
    public void The_panel_is_a_table_by_node_and_grows_while_the_message_travels()
    {
        _book.Add(Step("node-1", "received", 0));
        _book.Add(Step("node-1", "stored", 400));
        var line = new ChatLine("alice", isOwn: true, Noon) { Id = "1" }.Say("hi").Place("m-1", Noon);
        var panel = _context.Render<JourneyPanel>(parameters => parameters.Add(component => component.Line, line));
        Assert.Equal(2, panel.FindAll("th[scope=row]").Count);

        panel.InvokeAsync(() => _book.Add(Step("node-2", "arrived", 0, ms: 3)));

        Assert.Equal(["node-1", "node-2"], panel.FindAll("th[scope=rowgroup]").Select(cell => cell.TextContent.Trim().Split(' ')[0]));
        Assert.Contains("≈ 3.00 ms", panel.Find("tbody:last-child td").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_whose_way_nobody_asked_for_says_so()
    {
        var line = new ChatLine("alice", isOwn: false, Noon).Say("hi").Place("m-2", Noon);
        var panel = _context.Render<JourneyPanel>(parameters => parameters.Add(component => component.Line, line));
        Assert.Contains("Nothing is known of its way", panel.Markup, StringComparison.Ordinal);
    }

    private static Hop Step(string node, string step, long us, int ms = 0) => new("m-1", Noon.AddMilliseconds(ms), node, step, TimeSpan.FromMicroseconds(us));
}
