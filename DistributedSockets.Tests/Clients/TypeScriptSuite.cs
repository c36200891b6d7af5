// The TypeScript client's own tests, run once by Node.js over a cluster of ours.
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Clients;

/// <summary>A test of the package, as its reporter (<c>test/support/reporter.ts</c>) tells of it.</summary>
internal sealed record NodeTestResult(string Name, bool Passed, long Ms, string? Error);

/// <summary>Builds the package, runs its tests over the cluster whose nodes break and a small one in token mode, and knows their results.</summary>
public sealed class TypeScriptSuite(BreakableNodesFixture fixture) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly List<NodeTestResult> _results = [];
    private string _output = "";

    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        await TypeScriptPackage.BuildAsync(token);
        await using var tokenCluster = await TestCluster.StartAsync(nodes: 2, [.. Tokens.Settings, "Auth:ClockSkew=00:00:04"]);
        await using var control = await TypeScriptControl.StartAsync(fixture.Cluster);
        var run = await TypeScriptPackage.RunAsync("node", TypeScriptPackage.TestArguments(), Limit, token, new Dictionary<string, string>
        {
            ["DS_NODES"] = string.Join(',', Enumerable.Range(1, fixture.Cluster.NodeCount).Select(number => Address(fixture.Cluster.Node(number)))),
            ["DS_CONTROL"] = Address(control.Uri),
            ["DS_TOKEN_NODES"] = $"{Address(tokenCluster[0].Uri)},{Address(tokenCluster[1].Uri)}",
            ["DS_TOKEN_KEY"] = Tokens.SigningKey,
            ["DS_TOKEN_AUDIENCE"] = Tokens.Audience,
            ["DS_CHROMIUM"] = await Chromium.ExecutableAsync(token),
        });
        _output = run.Output;
        foreach (var line in _output.Split('\n').Where(line => line.StartsWith('{')))
        {
            _results.Add(JsonSerializer.Deserialize<NodeTestResult>(line, Json)!);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Fails with what the test said, or with everything that was printed where there is no such test.</summary>
    internal void HasPassed(string name)
    {
        var result = _results.SingleOrDefault(result => result.Name == name);
        Assert.True(result is not null, $"The package has no test named '{name}', or it did not get that far:\n{_output}");
        Assert.True(result.Passed, result.Error);
        TestContext.Current.TestOutputHelper?.WriteLine($"{result.Ms} ms in Node.js");
    }

    internal void HasOnlyPassed()
    {
        Assert.NotEmpty(_results);
        Assert.All(_results, result => Assert.True(result.Passed, $"{result.Name}: {result.Error}"));
    }

    private static string Address(Uri uri) => uri.ToString().TrimEnd('/');
}
