// The pictures of traces, without a browser.
using AngleSharp.Dom;
using Bunit;
using DistributedSockets.Web.Components.Pages;
using DistributedSockets.Web.Traces;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MudBlazor.Services;
using static DistributedSockets.Tests.Web.TraceExport;

namespace DistributedSockets.Tests.Web;

public sealed class TraceComponentTests : BunitContext
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TraceRing _ring = new(TraceLimits.Default);
    private readonly FakeTimeProvider _time = new();

    public TraceComponentTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices();
        Services.AddSingleton(_ring).AddSingleton(new TraceIntake(_ring, NullLogger<TraceIntake>.Instance)).AddSingleton<TimeProvider>(_time);
        Services.AddSingleton(new TraceOptions(Collect: true, Url: null, Collector: null));
    }

    [Fact]
    public void A_trace_is_drawn_over_its_nodes_and_a_span_opens_to_what_is_known_of_it()
    {
        _ring.Add([
            Kept("ws receive", 1, duration: 400, attributes: [("ds.user", "alice")]),
            Kept("ws deliver", 2, parent: 1, start: 100, duration: 200, node: "node-2", error: "the socket is gone", attributes: [("ds.user", "bob")], links: [9])]);
        var page = Render<TraceDetails>(parameters => parameters.Add(details => details.Id, TraceId.Format(7)));

        Assert.Equal("ws receive: alice → bob", page.Find("h1").TextContent);
        var rows = page.FindAll("tbody tr");
        Assert.Equal(["node-1", "node-2"], rows.Select(row => row.QuerySelector(".chip")!.TextContent));
        Assert.Equal(["left: 0%; width: 100%", "left: 25%; width: 50%"], page.FindAll(".bar").Select(bar => bar.GetAttribute("style")));
        Assert.Contains("failed", rows[1].TextContent, StringComparison.Ordinal);

        page.FindAll("tbody button")[1].Click();

        Assert.Equal("true", page.FindAll("tbody button")[1].GetAttribute("aria-expanded"));
        var details = page.Find(".more").TextContent;
        Assert.Contains("the socket is gone", details, StringComparison.Ordinal);
        Assert.Contains("bob", details, StringComparison.Ordinal);
        Assert.Contains(TraceId.Format(9), details, StringComparison.Ordinal);
        Assert.Empty(page.FindAll(".more a"));
    }

    [Fact]
    public void Spans_that_arrive_later_are_drawn_without_a_reload()
    {
        _ring.Add([Kept("ws deliver", 2, parent: 1, start: 100, node: "node-2")]);
        var page = Render<TraceDetails>(parameters => parameters.Add(details => details.Id, TraceId.Format(7)));
        Assert.Contains("beginning of this trace has not arrived", page.Markup, StringComparison.Ordinal);

        _ring.Add([Kept("ws receive", 1)]);
        _time.Advance(TimeSpan.FromSeconds(1));

        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("tbody tr").Count), Patience);
        Assert.DoesNotContain("has not arrived", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_that_is_not_here_says_why_and_appears_when_it_comes()
    {
        var page = Render<TraceDetails>(parameters => parameters.Add(details => details.Id, TraceId.Format(7)));
        Assert.Equal("This trace is not here", page.Find("h1").TextContent);

        _ring.Add([Kept("ws receive", 1)]);
        _time.Advance(TimeSpan.FromSeconds(1));

        page.WaitForAssertion(() => Assert.Equal("ws receive", page.Find("h1").TextContent), Patience);
        Assert.Equal("This is no trace's id", Render<TraceDetails>(parameters => parameters.Add(details => details.Id, "nonsense")).Find("h1").TextContent);
    }

    [Fact]
    public void The_list_has_the_newest_first_and_the_address_says_which()
    {
        _ring.Add([Kept("ws receive", 1, trace: 1, attributes: [("ds.user", "alice")]), Kept("ws receive", 1, trace: 2, start: 50, node: "node-2"), Kept("route", 1, trace: 3, start: 90, error: "")]);
        var list = Render<Traces>();
        Assert.Equal(["route", "ws receive", "ws receive"], list.FindAll("tbody a").Select(link => link.TextContent));
        Assert.Equal($"/traces/{TraceId.Format(3)}", list.Find("tbody a").GetAttribute("href"));

        var buttons = list.FindAll(".pick");
        buttons.Single(button => button.TextContent.Contains("node-2", StringComparison.Ordinal)).Click();
        Assert.EndsWith("/traces?node=node-2", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
        list.Render();
        Assert.Equal($"/traces/{TraceId.Format(2)}", Assert.Single(list.FindAll("tbody a")).GetAttribute("href"));

        Services.GetRequiredService<NavigationManager>().NavigateTo("/traces?errors=true&q=nobody");
        list.Render();
        Assert.Contains("None of the 3 traces fits.", list.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_held_list_stays_until_one_follows_again()
    {
        _ring.Add([Kept("ws receive", 1, trace: 1)]);
        var list = Render<Traces>();
        Button(list, "Hold the list").Click();
        list.WaitForAssertion(() => Button(list, "Follow again"), Patience);
        _ring.Add([Kept("ws receive", 1, trace: 2)]);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(list.FindAll("tbody tr"));

        Button(list, "Follow again").Click();

        // The click takes its turn behind what the clock has set off.
        list.WaitForAssertion(() => Assert.Equal(2, list.FindAll("tbody tr").Count), Patience);
    }

    [Theory]
    [InlineData("http://localhost:15000/", null, "Traces are shown elsewhere")]
    [InlineData(null, "http://collector:4317", "Traces are collected elsewhere")]
    [InlineData(null, null, "Nobody collects traces")]
    public void Where_traces_are_not_collected_the_page_says_where_they_are(string? url, string? collector, string heading)
    {
        Services.AddSingleton(new TraceOptions(Collect: false, url is null ? null : new Uri(url), collector));
        Assert.Equal(heading, Render<Traces>().Find("h2").TextContent);
    }

    private static IElement Button(IRenderedComponent<Traces> list, string text) => list.FindAll("button").Single(button => button.TextContent.Trim() == text);
}
