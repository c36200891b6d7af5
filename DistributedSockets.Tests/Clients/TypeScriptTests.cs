// The rows of docs/conformance.md for the TypeScript client, over three real nodes, and what it does in a real browser.
using DistributedSockets.Benchmarks.Running;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Clients;

/// <summary>Node.js runs the tests of <c>clients/typescript</c> once; each scenario is one of ours.</summary>
[Collection(BreakableNodes.Name)]
public sealed class TypeScriptTests(TypeScriptSuite suite) : IClassFixture<TypeScriptSuite>
{
    /// <summary>The first column of the list.</summary>
    public static TheoryData<string> Scenarios =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs", "conformance.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1].Trim())
            .Skip(1),
    ];

    [Theory(DisplayName = "TypeScript client")]
    [MemberData(nameof(Scenarios))]
    public void Scenario(string name) => suite.HasPassed(name);

    [Theory(DisplayName = "TypeScript client in a browser")]
    [InlineData("the sample: two people write to each other, and see what became of it")]
    [InlineData("the sample: a room")]
    [InlineData("the sample: a reload loses nothing and repeats nothing")]
    [InlineData("IndexedDB: a reload loses nothing, in order")]
    public void Browser(string name) => suite.HasPassed(name);

    [Fact(DisplayName = "TypeScript client: its unit tests, and every other test of the package")]
    public void All() => suite.HasOnlyPassed();
}
