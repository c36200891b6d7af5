// How the page reads what a node answers.
using System.Net;
using DistributedSockets.Web.Cluster;

namespace DistributedSockets.Tests.Web;

public sealed class NodeAnswersTests
{
    [Fact]
    public void A_healthy_node_has_nothing_to_explain() =>
        Assert.Equal((NodeHealth.Healthy, null), NodeAnswers.ReadHealth(HttpStatusCode.OK, """{"status":"healthy","checks":{"self":{"status":"healthy"}}}"""u8));

    [Fact]
    public void A_degraded_node_names_the_check_that_complains() =>
        Assert.Equal(
            (NodeHealth.Degraded, "bus: the broker is away"),
            NodeAnswers.ReadHealth(HttpStatusCode.OK, """{"status":"degraded","checks":{"self":{"status":"healthy"},"bus":{"status":"degraded","description":"the broker is away"}}}"""u8));

    [Fact]
    public void A_node_that_cannot_serve_is_not_ready_whatever_it_writes()
    {
        Assert.Equal((NodeHealth.Unhealthy, "lease: unhealthy"), NodeAnswers.ReadHealth(HttpStatusCode.ServiceUnavailable, """{"status":"unhealthy","checks":{"lease":{"status":"unhealthy"}}}"""u8));
        Assert.Equal((NodeHealth.Unhealthy, "It answers 503 to /health."), NodeAnswers.ReadHealth(HttpStatusCode.ServiceUnavailable, "Unhealthy"u8));
    }

    [Fact]
    public void A_bare_200_is_healthy() => Assert.Equal((NodeHealth.Healthy, null), NodeAnswers.ReadHealth(HttpStatusCode.OK, "Healthy"u8));

    [Theory]
    [InlineData("1764000000000")]
    [InlineData("\"1764000000000\"")]
    public void Info_tells_the_node_and_its_incarnation_as_number_or_string(string incarnation)
    {
        var answer = $$"""{"node":"server-1","incarnation":{{incarnation}},"startedAt":1,"connections":2,"users":1,"mode":"standalone","version":"0.1.0","pid":7}""";

        Assert.Equal(new NodeInfo("server-1", "1764000000000", 2, 1, Standalone: true, "0.1.0") { Process = new NodeProcess(7, 1) }, NodeAnswers.ReadInfo(System.Text.Encoding.UTF8.GetBytes(answer)));
    }

    [Fact]
    public void Info_with_missing_fields_is_still_shown() => Assert.Equal(new NodeInfo("", "", null, null, Standalone: false, null), NodeAnswers.ReadInfo("{}"u8));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("null")]
    public void Something_else_on_that_address_is_no_info(string body)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(body);

        Assert.Null(NodeAnswers.ReadInfo(bytes));
        Assert.Null(NodeAnswers.ReadDetail(bytes));
    }

    [Fact]
    public void A_problem_says_what_is_wrong() => Assert.Equal("'limit' must be an integer", NodeAnswers.ReadDetail("""{"status":400,"detail":"'limit' must be an integer"}"""u8));
}
