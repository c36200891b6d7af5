// The command line's options, and where the runs of the benchmarks have their folders: apart from those of applications and tests.
using Microsoft.Extensions.Configuration;

namespace DistributedSockets.Benchmarks.Running;

internal static class Arguments
{
    public static IConfiguration Parse(string[] options) => new ConfigurationBuilder()
        .AddInMemoryCollection([new("LocalHosting:RunsFolder", Path.Combine(Path.GetTempPath(), "distributed-sockets-benchmarks", "runs"))])
        .AddCommandLine(options)
        .Build();
}
