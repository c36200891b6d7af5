// Random sequences of faults for as long as asked: ./test faults --minutes 30 --seed 7. In the ordinary run one short sequence.
#if !USE_ASPIRE
using System.Diagnostics;
using System.Globalization;

namespace DistributedSockets.Tests.Faults;

/// <summary>
/// Random sequences of faults for as long as asked (<c>FAULTS_MINUTES</c>), from a seed (<c>FAULTS_SEED</c>). Each round has users of its own and a seed that follows from
/// the first, so that a round can be repeated alone.
/// </summary>
[Collection(FaultyCluster.Name)]
public sealed class RandomFaultTests(FaultClusterFixture fixture, ITestOutputHelper output)
{
    private const int OrdinarySeed = 20264;

    private readonly NodeFaults _nodes = new(fixture.Cluster);
    private readonly RedisFaults _redis = new(fixture.Cluster);
    private readonly RabbitMqFaults _rabbitMq = new(fixture.Cluster);

    [Fact]
    public async Task T25_random_sequences_of_faults_lose_nothing()
    {
        var minutes = double.Parse(Environment.GetEnvironmentVariable("FAULTS_MINUTES") ?? "0", CultureInfo.InvariantCulture);
        var first = int.Parse(Environment.GetEnvironmentVariable("FAULTS_SEED") ?? OrdinarySeed.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var begin = Stopwatch.GetTimestamp();
        var seed = first;
        do
        {
            FaultReport.Add(await NodeFootprint.TellAsync(fixture.Cluster), output);
            await RunRoundAsync(seed++);
        }
        while (Stopwatch.GetElapsedTime(begin) < TimeSpan.FromMinutes(minutes));

        FaultReport.Add(await NodeFootprint.TellAsync(fixture.Cluster), output);
    }

    private async Task RunRoundAsync(int seed)
    {
        var random = new Random(seed);
        var faults = Enumerable.Range(0, random.Next(2, 5)).Select(_ => Choose(random)).ToList();
        var name = $"{seed}: {string.Join(", ", faults.Select(fault => fault.Name))}";
        try
        {
            await new FaultRun(fixture.Cluster, output).RunAsync(
                name,
                async load =>
                {
                    foreach (var (_, injectAsync) in faults)
                    {
                        await injectAsync();
                        await Task.Delay(TimeSpan.FromSeconds(random.NextDouble()), TestContext.Current.CancellationToken);
                    }
                },
                new FaultLoad(fixture.Cluster, seed) { Rooms = 10 });
        }
        catch
        {
            FaultReport.Add($"Repeat it with: ./test faults --minutes 0 --seed {seed}", output);
            throw;
        }
    }

    /// <summary>Each heals what it has broken but for a queue or a binding, which the node itself has to miss.</summary>
    private (string Name, Func<Task> InjectAsync) Choose(Random random)
    {
        var node = random.Next(1, FaultCluster.Nodes + 1);
        var length = FaultCluster.Lease * (0.2 + (3 * random.NextDouble()));
        return random.Next(11) switch
        {
            0 => ($"kill {node}", () => _nodes.KillAsync(node)),
            1 => ($"kill and start {node}", () => _nodes.KillAndStartAsync(node)),
            2 => ($"pause {node} {length.TotalSeconds:0.0} s", () => _nodes.PauseAsync(node, length)),
            3 => ("kill Redis", _redis.KillAsync),
            4 => ("restart RabbitMQ", _rabbitMq.RestartAsync),
            5 => ($"delete queue {node}", () => _rabbitMq.DeleteQueueAsync(node)),
            6 => ($"unbind {node}", () => _rabbitMq.UnbindAsync(node)),
            7 => ($"block {length.TotalSeconds:0.0} s", () => _rabbitMq.BlockAsync(length)),
            8 => ($"RabbitMQ away from {node} {length.TotalSeconds:0.0} s", () => _rabbitMq.CutAsync(node, length)),
            9 => ($"Redis away from {node} {length.TotalSeconds:0.0} s", () => _redis.CutAsync([node], length)),
            _ => ($"Redis away from all {length.TotalSeconds:0.0} s", () => _redis.CutAsync([1, 2, 3], length)),
        };
    }
}
#endif
