// ./bench micro: one class at a time, with what it allocates, in this process.
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace DistributedSockets.Benchmarks.Micro;

internal static class MicroBenchmarks
{
    public static void Run(string[] filter)
    {
        // In this process: BenchmarkDotNet's own builds know nothing of this repository's folders for the two hosting modes.
        var config = ManualConfig.Create(DefaultConfig.Instance)
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "distributed-sockets-benchmarks"));
        BenchmarkSwitcher.FromAssembly(typeof(MicroBenchmarks).Assembly).Run(["--filter", filter.FirstOrDefault() ?? "*"], config);
    }
}
