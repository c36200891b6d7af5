// T19: nobody is somebody else, whatever they write: in the address, in a frame, or with a resume token that is not theirs.
using System.Net;
using System.Text;
using System.Text.Json;
using DistributedSockets.Tests.Support;
using static DistributedSockets.Tests.Support.RoomTalk;

namespace DistributedSockets.Tests.Security;

public sealed class SpoofTests
{
    private const string Foreign = "https://evil.example";

    [Fact]
    public async Task Sender_that_a_frame_names_counts_for_nothing()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var bob = await cluster.GreetAsync("bob");
        var mallory = await cluster.GreetAsync("mallory");
        var plain = await cluster.ConnectAsync("mallory");
        var (stream, _) = await SseClient.GreetAsync(cluster[0].Uri, "mallory", "\"device\":\"tablet\"");
        await using var owned = stream;
        await JoinAsync(bob, "team");
        await JoinAsync(mallory, "team");
        foreach (var lie in (string[])["\"from\":\"alice\",", "\"user\":\"alice\",\"sub\":\"alice\",", "\"user_id\":\"alice\",\"from\":{},"])
        {
            var direct = "{" + lie + "\"to\":\"bob\",\"body\":1}";
            await mallory.SendFrameAsync(direct);
            Assert.Equal("mallory", Text(await bob.NextAsync("msg"), "from"));
            await plain.SendFrameAsync(direct);
            Assert.Equal("mallory", Text(await bob.NextAsync("msg"), "from"));
            await stream.PostAsync(direct);
            Assert.Equal("mallory", Text(await bob.NextAsync("msg"), "from"));
            await mallory.SendFrameAsync("{" + lie + "\"type\":\"msg\",\"room\":\"team\",\"body\":1}");
            Assert.Equal("mallory", Text(await bob.NextAsync("msg"), "from"));
        }

        await mallory.SendFrameAsync("""{"type":"typing","from":"alice","to":"bob","on":true}""");
        Assert.Equal("mallory", Text(await bob.NextAsync("typing"), "from"));
    }

    [Fact]
    public async Task User_id_that_contradicts_the_token_is_refused_on_both_transports()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Tokens.Settings);
        var token = Tokens.Of("mallory");
        using var socket = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", token: token);
        Assert.Equal(HttpStatusCode.Forbidden, socket.StatusCode);
        using var near = await UpgradeAttempt.SendAsync(cluster[0].Uri, "Mallory", token: token);
        Assert.Equal(HttpStatusCode.Forbidden, near.StatusCode);
        using var stream = await SseClient.AskAsync(cluster[0].Uri, "?user_id=alice", token);
        Assert.Equal(HttpStatusCode.Forbidden, stream.StatusCode);
        await using var late = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=alice");
        await late.PostAsync($$"""{"type":"hello","token":"{{token}}"}""");
        Assert.Equal("forbidden", Text(await late.NextAsync("error"), "code"));
        Assert.Equal(4003, await late.WhenClosedAsync());
        Assert.False(cluster.Knows("alice"));
        Assert.False(cluster.Knows("mallory"));
    }

    [Fact]
    public async Task Page_of_a_foreign_origin_gets_in_by_no_door()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        using var socket = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", origin: Foreign);
        Assert.Equal(HttpStatusCode.Forbidden, socket.StatusCode);
        using var hidden = await UpgradeAttempt.SendAsync(cluster[0].Uri, "alice", origin: "null");
        Assert.Equal(HttpStatusCode.Forbidden, hidden.StatusCode);
        using var stream = await SseClient.AskAsync(cluster[0].Uri, "?user_id=alice", origin: Foreign);
        Assert.Equal(HttpStatusCode.Forbidden, stream.StatusCode);
        await using var own = await SseClient.OpenAsync(cluster[0].Uri, "?user_id=alice");
        using var post = await own.PostAsync(1, """{"type":"hello"}"""u8.ToArray(), origin: Foreign);
        Assert.Equal(HttpStatusCode.Forbidden, post.StatusCode);

        using var program = new ApiProgram();
        using var write = new HttpRequestMessage(HttpMethod.Post, new Uri(cluster[0].Uri, "/api/messages"));
        write.Content = new StringContent("""{"from":"a","to":"alice","body":1}""", Encoding.UTF8, "application/json");
        write.Headers.Add("Origin", Foreign);
        Assert.Equal(HttpStatusCode.Forbidden, await program.StatusAsync(write));
        Assert.Equal(0, await cluster.WaitingAsync("alice"));
    }

    [Fact]
    public async Task Resume_token_that_was_used_or_is_another_devices_or_users_resumes_nothing()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        var first = await cluster.GreetAsync("alice", device: "phone");
        await first.CloseAsync();
        var second = await cluster.GreetAsync("alice", node: 1, "phone", Resume(first));
        Assert.True(second.Welcome.GetProperty("resumed").GetBoolean());
        await second.CloseAsync();

        // The answer to the first use may have been lost, so it works once more for a moment; not any more once its successor was shown.
        var third = await cluster.GreetAsync("alice", device: "phone", hello: Resume(second));
        Assert.True(third.Welcome.GetProperty("resumed").GetBoolean());
        await third.CloseAsync();
        AssertNotResumed(await cluster.GreetAsync("alice", device: "phone", hello: Resume(first)));
        AssertNotResumed(await cluster.GreetAsync("alice", device: "tablet", hello: Resume(third)));
        AssertNotResumed(await cluster.GreetAsync("mallory", device: "phone", hello: Resume(third)));

        static string Resume(DsClient client) => $"\"resume\":{JsonSerializer.Serialize(Text(client.Welcome, "resume"))}";
    }

    private static void AssertNotResumed(DsClient client) =>
        Assert.Equal((false, "expired"), (client.Welcome.GetProperty("resumed").GetBoolean(), Text(client.Welcome, "reason")));
}
