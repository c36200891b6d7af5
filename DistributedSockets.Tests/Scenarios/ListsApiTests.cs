// /api/users and /api/rooms as lists over nodes in this process.
using System.Net;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class ListsApiTests : IDisposable
{
    private readonly ApiProgram _api = new();

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Who_is_connected_is_found_from_any_node_and_gone_when_they_have_left()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var phone = await cluster.GreetAsync("bob", node: 0, device: "phone");
        await cluster.ConnectAsync("bob", node: 1);
        await cluster.GreetAsync("alice", node: 1);

        var found = await _api.AskAsync("GET", cluster[1].Uri, "users?search=BO");
        var bob = Assert.Single(found.Body.GetProperty("users").EnumerateArray());
        Assert.Equal((HttpStatusCode.OK, "bob", false), (found.Status, bob.GetProperty("user").GetString(), found.Body.TryGetProperty("next", out _)));
        Assert.Equal(["server-1", "server-2"], bob.GetProperty("sessions").EnumerateArray().Select(session => session.GetProperty("node").GetString()).Order());

        var first = await _api.AskAsync("GET", cluster[0].Uri, "users?limit=1");
        var second = await _api.AskAsync("GET", cluster[0].Uri, $"users?limit=1&after={Uri.EscapeDataString(first.Text("next")!)}");
        Assert.Equal(["alice", "bob"], new[] { first, second }.Select(page => page.Body.GetProperty("users")[0].GetProperty("user").GetString()).Order());

        await phone.CloseAsync();
        await Eventually.IsAsync(
            async () => (await _api.AskAsync("GET", cluster[0].Uri, "users?search=bob")).Body.GetProperty("users")[0].GetProperty("sessions").GetArrayLength() == 1,
            "bob is listed with the session that is left");
    }

    [Fact]
    public async Task Rooms_that_somebody_is_in_are_found_with_their_members()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await cluster.GreetAsync("bob", node: 0);
        await _api.AskAsync("PUT", cluster[1].Uri, "rooms/team/members/bob");
        await _api.AskAsync("PUT", cluster[1].Uri, "rooms/team/members/absent");
        await _api.AskAsync("PUT", cluster[1].Uri, "rooms/elsewhere/members/absent");

        await Eventually.IsAsync(
            async () => (await _api.AskAsync("GET", cluster[1].Uri, "rooms?search=e")).Body.GetProperty("rooms").GetRawText() == """[{"room":"team","members":2}]""",
            "the room is listed");

        await _api.AskAsync("DELETE", cluster[1].Uri, "rooms/team/members/bob");
        await Eventually.IsAsync(
            async () => (await _api.AskAsync("GET", cluster[1].Uri, "rooms?search=team")).Body.GetProperty("rooms").GetArrayLength() == 0,
            "the room is listed no more");
    }

    [Theory]
    [InlineData("users?limit=0")]
    [InlineData("users?limit=101")]
    [InlineData("users?after=x")]
    [InlineData("users?after=server-1.1.-1.bob")]
    [InlineData("users?search=%0A")]
    [InlineData("rooms?after=")]
    public async Task What_breaks_a_rule_is_refused(string path)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        Assert.Equal(HttpStatusCode.BadRequest, (await _api.AskAsync("GET", cluster[0].Uri, path)).Status);
    }

    [Theory]
    [InlineData("users")]
    [InlineData("rooms")]
    public async Task While_redis_is_away_the_answer_is_503(string path)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        cluster[0].Store.Cut();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _api.AskAsync("GET", cluster[0].Uri, path)).Status);
    }
}
