// Progress of a preparation into the output of the test.
namespace DistributedSockets.Tests.LocalHosting.Servers;

internal sealed class OutputProgress(ITestOutputHelper output) : IProgress<string>
{
    public void Report(string value) => output.WriteLine(value);
}
