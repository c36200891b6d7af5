// The registry against a model, over random interleavings of what nodes do to it.
using DistributedSockets.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace DistributedSockets.Tests.Faults;

/// <summary>
/// The registry against a model, over random interleavings of what two nodes do to it, one call at a time and two at once.
/// <para>
/// Every ordinary run takes the same sequences. <c>REGISTRY_MODEL_SEED=random</c> takes others; a failure prints its seed, and with that as the
/// value (<c>REGISTRY_MODEL_SEED=123,456,40</c>) the one sequence is run again.
/// </para>
/// </summary>
public sealed class RegistryModelTests(RedisWithoutDiskFixture fixture, ITestOutputHelper output) : IClassFixture<RedisWithoutDiskFixture>
{
    private const int FirstDatabase = 3;
    private const int AtATime = 4;

    /// <summary>One run of a race proves little: what failed once may need a few to fail again, while it is made shorter and when its seed is given.</summary>
    private const int RunsOfARace = 20;

    private int _calls;

    [Fact]
    public async Task In_memory_it_does_as_the_model()
    {
        await CheckAsync(sequences: 3_800, atOnce: false, () => Task.FromResult(ModelledRegistry.InMemory()));
    }

    [Fact]
    public async Task In_memory_two_calls_at_once_come_out_in_one_of_two_orders()
    {
        await CheckAsync(sequences: 500, atOnce: true, () => Task.FromResult(ModelledRegistry.InMemory()));
    }

    [Fact]
    public async Task In_Redis_it_does_as_the_model()
    {
        await CheckInRedisAsync(sequences: 380, atOnce: false);
    }

    [Fact]
    public async Task In_Redis_two_calls_at_once_come_out_in_one_of_two_orders()
    {
        await CheckInRedisAsync(sequences: 60, atOnce: true);
    }

    /// <summary>Several at a time, each in a database of its own: one alone would only wait for answers.</summary>
    private Task CheckInRedisAsync(int sequences, bool atOnce) => Task.WhenAll(Enumerable.Range(1, AtATime).Select(async number =>
    {
        var database = FirstDatabase + number;
        await using var one = await fixture.ConnectAsync(database);
        await using var two = await fixture.ConnectAsync(database);
        var registry = ModelledRegistry.InRedis([one, two]);
        await CheckAsync(
            sequences / AtATime,
            atOnce,
            async () =>
            {
                await one.GetServers()[0].FlushDatabaseAsync(database);
                return registry;
            },
            number);
    }));

    private async Task CheckAsync(int sequences, bool atOnce, Func<Task<ModelledRegistry>> createAsync, int seed = 1)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var config = Config.QuickThrowOnFailure.WithMaxTest(sequences).WithStartSize(20).WithEndSize(60).WithReplay(Seed(seed));
        var failed = config.Replay?.Value.Size is not null;

        // The runner waits for a property that is a task, and wraps what it throws; done here, the failure is told once.
        var property = Prop.ForAll(OperationSequence.Arbitrary(atOnce), sequence => AgreeAsync(sequence).GetAwaiter().GetResult());
        await Task.Run(() => property.Check(config), cancellationToken);
        output.WriteLine($"{_calls} calls");

        async Task AgreeAsync(OperationSequence sequence)
        {
            for (var runs = failed && atOnce ? RunsOfARace : 1; runs > 0; runs--)
            {
                try
                {
                    Interlocked.Add(ref _calls, await new RegistryRun(await createAsync(), cancellationToken).RunAsync(sequence));
                }
                catch (RegistryDisagreesException)
                {
                    failed = true;
                    throw;
                }
            }
        }
    }

    private static FSharpOption<Replay>? Seed(int usual)
    {
        var text = Environment.GetEnvironmentVariable("REGISTRY_MODEL_SEED") is { Length: > 0 } given ? given : $"{usual},1";
        if (text == "random")
        {
            return FSharpOption<Replay>.None;
        }

        var parts = text.Trim('(', ')').Split(',');
        var size = parts.Length > 2 ? FSharpOption<int>.Some(int.Parse(parts[2])) : FSharpOption<int>.None;
        return FSharpOption<Replay>.Some(new Replay(new Rnd(ulong.Parse(parts[0]), ulong.Parse(parts[1])), size));
    }
}
