// The samples that need no browser.
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Clients;

[Collection(SharedCluster.Name)]
public sealed class SamplesTests(ClusterFixture fixture) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ds-samples");

    private RunningCluster Cluster => fixture.Cluster;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Two_consoles_and_a_plain_connection_talk_over_several_nodes()
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using (var hers = Chat(alice, bob, node: 1))
        {
            await hers.WhenShownAsync($"you are {alice} on server-1");
            await hers.TypeAsync("are you there?");
            await hers.WhenShownAsync("✓ are you there?");

            await using var his = Chat(bob, alice, node: 2);
            await his.WhenShownAsync($"{alice}: are you there?");
            await hers.WhenShownAsync("✓✓ are you there?");
            await hers.WhenShownAsync("read: are you there?");
            await his.TypeAsync("yes");
            await hers.WhenShownAsync($"{bob}: yes");

            // What a browser's page speaks without any library.
            await using var page = await Cluster.ConnectAsync(RunningCluster.NewUser("page"), node: 3);
            await page.SendAsync(alice, "hi from the page");
            await hers.WhenShownAsync(": hi from the page");
            Assert.Equal((0, 0), (await his.EndAsync(), await hers.EndAsync()));
        }

        // The next run goes on where the last one was.
        var team = RunningCluster.NewUser("team");
        await using var again = Chat(alice, $"#{team}", node: 3);
        await again.WhenShownAsync($"type a line for room {team}");
        Assert.DoesNotContain(again.Lines, line => line.Contains("yes", StringComparison.Ordinal));
        Assert.Equal(0, await again.EndAsync());
    }

    [Fact]
    public async Task Back_end_publishes_with_curl()
    {
        // Nodes of its own: it writes to bob, whom other tests of the shared cluster know.
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var script = new ConsoleProgram(_folder.FullName, "bash", Snippets.Repository("samples/backend-curl/publish.sh"), cluster[0].Uri.ToString().TrimEnd('/'));

        var code = await script.EndAsync();
        await script.WhenShownAsync("Invoice 17 is out.");

        Assert.True(code == 0, string.Join('\n', script.Lines));
        var answers = script.Lines.Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(answers[0].GetProperty("mid").GetString(), answers[1].GetProperty("mid").GetString());
        Assert.True(answers[1].GetProperty("dup").GetBoolean());
        Assert.Equal([202, 202, 202], answers[2].GetProperty("results").EnumerateArray().Select(result => result.GetProperty("status").GetInt32()));
        Assert.Equal("stored", answers[4].GetProperty("state").GetString());
        Assert.Equal(answers[4].GetProperty("mid").GetString(), answers[5].GetProperty("messages").EnumerateArray().Last().GetProperty("mid").GetString());

        var bob = await cluster.ConnectAsync("bob", node: 0);
        Assert.Equal("""{"from":"billing","to":"bob","body":{"invoice":17,"due":"2026-12-24"}}""", await bob.NextFrameAsync());
        Assert.Equal("Your invoice is due tomorrow.", (await bob.NextMessageAsync()).Body);
        Assert.Equal("Your invoice is due today.", (await bob.NextMessageAsync()).Body);
    }

    /// <summary>The program as the build has left it, beside the tests' own.</summary>
    private ConsoleProgram Chat(string user, string peer, int node)
    {
        var output = Path.GetRelativePath(Snippets.Repository("DistributedSockets.Tests"), AppContext.BaseDirectory);
        return new ConsoleProgram(
            _folder.FullName, "dotnet", Path.Combine(Snippets.Repository("samples/dotnet-console"), output, "DotnetConsole.dll"), user, peer, Cluster.Node(node).ToString());
    }
}
