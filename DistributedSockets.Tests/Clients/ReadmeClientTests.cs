// The client's lines in README.md, compiled and run as they stand there.
using System.Net.Http.Json;
using System.Text.Json;
using DistributedSockets.Client;
using DistributedSockets.Tests.Support;
using Microsoft.CodeAnalysis;

namespace DistributedSockets.Tests.Clients;

public sealed class ReadmeClientTests
{
    private const string Mark = "<!-- run by ReadmeClientTests -->\n```csharp\n";

    [Fact]
    public async Task Program_in_the_readme_sends_and_receives()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);
        await using var bob = Person.Of(new ClientOptions { User = "bob", Nodes = { cluster[1].Uri } });
        await bob.ConnectAsync();
        var main = Snippets.Compile(await ProgramAsync(cluster), OutputKind.ConsoleApplication).EntryPoint!;

        var running = Task.Run(() => main.Invoke(null, [Array.Empty<string>()]), TestContext.Current.CancellationToken);
        await bob.WhenReceivedAsync(1, ScriptedNode.Patience);
        var answer = await bob.SendAsync("alice", "hello");
        await answer.Delivered.WaitAsync(ScriptedNode.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(["hi"], bob.Texts);
        await DisconnectAsync(cluster);
        var ended = await Assert.ThrowsAnyAsync<Exception>(() => running.WaitAsync(ScriptedNode.Patience, TestContext.Current.CancellationToken));
        Assert.IsType<ClientException>(ended.GetBaseException());
    }

    private static async Task<string> ProgramAsync(TestCluster cluster)
    {
        var readme = await File.ReadAllTextAsync(Snippets.Repository("README.md"), TestContext.Current.CancellationToken);
        var begin = readme.IndexOf(Mark, StringComparison.Ordinal);
        Assert.True(begin >= 0, "README.md has no program of the client's.");
        var program = readme[(begin + Mark.Length)..];
        return program[..program.IndexOf("```", StringComparison.Ordinal)]
            .Replace("http://localhost:8081", cluster[0].Uri.ToString(), StringComparison.Ordinal)
            .Replace("http://localhost:8082", cluster[1].Uri.ToString(), StringComparison.Ordinal);
    }

    /// <summary>For good, which ends the program's loop.</summary>
    private static async Task DisconnectAsync(TestCluster cluster)
    {
        using var http = new HttpClient();
        using var response = await http.PostAsJsonAsync(
            new Uri(cluster[0].Uri, "/api/users/alice/disconnect"), JsonDocument.Parse("""{"reason":"enough"}""").RootElement, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
