// /api/rooms over nodes in this process: who is in a room, and who is put there.
using System.Net;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class RoomsApiTests : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Whoever_is_put_into_a_room_is_in_it_on_all_their_connections_until_they_are_taken_out()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var phone = await cluster.GreetAsync("bob", node: 0, device: "phone");
        var tablet = await cluster.GreetAsync("bob", node: 1, device: "tablet");

        var (status, put) = await AskAsync(HttpMethod.Put, cluster[0], "rooms/team/members/bob");
        Assert.Equal((HttpStatusCode.OK, "team", "bob", true), (status, Text(put, "room"), Text(put, "user"), put.GetProperty("new").GetBoolean()));
        await phone.NextAsync("joined");
        await tablet.NextAsync("joined");

        var (_, again) = await AskAsync(HttpMethod.Put, cluster[1], "rooms/team/members/bob");
        Assert.Equal((false, put.GetProperty("since").GetInt64()), (again.GetProperty("new").GetBoolean(), again.GetProperty("since").GetInt64()));

        Assert.Equal(HttpStatusCode.NoContent, (await AskAsync(HttpMethod.Delete, cluster[0], "rooms/team/members/bob")).Status);
        await phone.NextAsync("left");
        await tablet.NextAsync("left");
        Assert.Equal(HttpStatusCode.NoContent, (await AskAsync(HttpMethod.Delete, cluster[0], "rooms/team/members/bob")).Status);
        Assert.Equal(1, phone.Count("joined") - phone.Everyone.Count);
    }

    [Fact]
    public async Task Members_come_in_pages_and_the_room_tells_how_many_there_are()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        foreach (var user in (string[])["carol", "alice", "bob"])
        {
            await AskAsync(HttpMethod.Put, cluster[0], $"rooms/team/members/{user}");
        }

        var (_, first) = await AskAsync(HttpMethod.Get, cluster[0], "rooms/team/members?limit=2");
        var names = first.GetProperty("members").EnumerateArray().Select(member => Text(member, "user")).ToList();
        var (_, second) = await AskAsync(HttpMethod.Get, cluster[0], $"rooms/team/members?limit=2&after={names[1]}");
        names.AddRange(second.GetProperty("members").EnumerateArray().Select(member => Text(member, "user")));

        Assert.Equal(["alice", "bob", "carol"], names.Order());
        Assert.Equal((true, false, 3L), (first.GetProperty("more").GetBoolean(), second.GetProperty("more").GetBoolean(), first.GetProperty("count").GetInt64()));
        var (_, room) = await AskAsync(HttpMethod.Get, cluster[0], "rooms/team");
        Assert.Equal((3L, 0L), (room.GetProperty("members").GetInt64(), room.GetProperty("messages").GetInt64()));
    }

    [Fact]
    public async Task Names_are_percent_encoded()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        var (_, slash) = await AskAsync(HttpMethod.Put, cluster[0], "rooms/a%2Fb/members/x%2Fy%20%C3%A4");
        var (_, percent) = await AskAsync(HttpMethod.Put, cluster[0], "rooms/a%252Fb/members/z");

        Assert.Equal(("a/b", "x/y ä", "a%2Fb"), (Text(slash, "room"), Text(slash, "user"), Text(percent, "room")));
        Assert.Equal(1, (await AskAsync(HttpMethod.Get, cluster[0], "rooms/a%2Fb")).Body.GetProperty("members").GetInt64());
    }

    [Theory]
    [InlineData("GET", "rooms/none", 404, "no_such_room")]
    [InlineData("GET", "rooms/a%0A", 400, "bad_request")]
    [InlineData("GET", "rooms/a/members?limit=0", 400, "bad_request")]
    [InlineData("GET", "rooms/a/members?limit=1001", 400, "bad_request")]
    [InlineData("GET", "rooms/a/members?after=%20", 400, "bad_request")]
    [InlineData("PUT", "rooms/a/members/%20", 400, "bad_request")]
    [InlineData("PUT", "rooms/ds.all/members/bob", 403, "forbidden")]
    [InlineData("DELETE", "rooms/ds.all/members/bob", 403, "forbidden")]
    public async Task What_breaks_a_rule_is_refused(string method, string path, int status, string code)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);

        var (answer, problem) = await AskAsync(new HttpMethod(method), cluster[0], path);

        Assert.Equal((status, code), ((int)answer, Text(problem, "code")));
    }

    [Fact]
    public async Task User_in_too_many_rooms_is_put_into_no_other()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        for (var number = 0; number < 128; number++)
        {
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(HttpMethod.Put, cluster[0], $"rooms/r{number}/members/bob")).Status);
        }

        var (status, problem) = await AskAsync(HttpMethod.Put, cluster[0], "rooms/more/members/bob");

        Assert.Equal((HttpStatusCode.Conflict, "limit_reached", "Limits:RoomsPerConnection"), (status, Text(problem, "code"), Text(problem, "limit")));
    }

    [Theory]
    [InlineData("GET", "rooms/team")]
    [InlineData("GET", "rooms/team/members")]
    [InlineData("PUT", "rooms/team/members/bob")]
    [InlineData("DELETE", "rooms/team/members/bob")]
    public async Task While_redis_is_away_the_answer_is_503(string method, string path)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        cluster[0].Store.Cut();

        var (status, problem) = await AskAsync(new HttpMethod(method), cluster[0], path);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (status, Text(problem, "code")));
    }

    private static string Text(JsonElement json, string field) => json.GetProperty(field).GetString()!;

    private async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(HttpMethod method, TestNode node, string path)
    {
        using var request = new HttpRequestMessage(method, new Uri(node.Uri, $"/api/{path}"));
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var answer = JsonDocument.Parse(text.Length > 0 ? text : "null");
        return (response.StatusCode, answer.RootElement.Clone());
    }
}
