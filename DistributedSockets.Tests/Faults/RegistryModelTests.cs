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
public sealed class RegistryModelTests(RedisFixture fixture, ITestOutputHelper output)
{
    private const int Database = 7;

    private int _calls;
    private bool _failed;

    [Fact]
    public async Task In_memory_it_does_as_the_model()
    {
        await CheckAsync(sequences: 3_200, atOnce: false, () => Task.FromResult(ModelledRegistry.InMemory()));
    }

    [Fact]
    public async Task In_memory_two_calls_at_once_come_out_in_one_of_two_orders()
    {
        await CheckAsync(sequences: 500, atOnce: true, () => Task.FromResult(ModelledRegistry.InMemory()));
    }

    [Fact]
    public async Task In_Redis_it_does_as_the_model()
    {
        await CheckInRedisAsync(sequences: 320, atOnce: false);
    }

    [Fact]
    public async Task In_Redis_two_calls_at_once_come_out_in_one_of_two_orders()
    {
        await CheckInRedisAsync(sequences: 60, atOnce: true);
    }

    private async Task CheckInRedisAsync(int sequences, bool atOnce)
    {
        await using var one = await fixture.ConnectAsync(Database);
        await using var two = await fixture.ConnectAsync(Database);
        var registry = ModelledRegistry.InRedis([one, two]);
        await CheckAsync(sequences, atOnce, async () =>
        {
            await one.GetServers()[0].FlushDatabaseAsync(Database);
            return registry;
        });
    }

    private async Task CheckAsync(int sequences, bool atOnce, Func<Task<ModelledRegistry>> createAsync)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var config = Config.QuickThrowOnFailure.WithMaxTest(sequences).WithStartSize(20).WithEndSize(60).WithReplay(Seed());
        var property = Prop.ForAll(OperationSequence.Arbitrary(atOnce), AgreesAsync);
        await Task.Run(() => property.Check(config), cancellationToken);
        output.WriteLine($"{_calls} calls");

        async Task<bool> AgreesAsync(OperationSequence sequence)
        {
            // What failed once in a race may need a few runs to fail again while it is made shorter.
            for (var runs = _failed && atOnce ? 20 : 1; runs > 0; runs--)
            {
                try
                {
                    _calls += await new RegistryRun(await createAsync(), cancellationToken).RunAsync(sequence);
                }
                catch (RegistryDisagreesException)
                {
                    _failed = true;
                    throw;
                }
            }

            return true;
        }
    }

    private static FSharpOption<Replay>? Seed()
    {
        var text = Environment.GetEnvironmentVariable("REGISTRY_MODEL_SEED") is { Length: > 0 } given ? given : "1,1";
        if (text == "random")
        {
            return FSharpOption<Replay>.None;
        }

        var parts = text.Trim('(', ')').Split(',');
        var size = parts.Length > 2 ? FSharpOption<int>.Some(int.Parse(parts[2])) : FSharpOption<int>.None;
        return FSharpOption<Replay>.Some(new Replay(new Rnd(ulong.Parse(parts[0]), ulong.Parse(parts[1])), size));
    }
}
