// A fuzzer over everything that parses what a stranger sends: bounded in the ordinary run, longer on request with ./test fuzz --minutes 10 --seed 1.
using System.Diagnostics;
using System.Globalization;

namespace DistributedSockets.Tests.Security.Fuzz;

/// <summary>
/// Feeds valid input, damaged, to every parser. A round follows from its seed alone, and each round has the seed behind the last one's: any can be repeated by itself.
/// <c>FUZZ_MINUTES</c> and <c>FUZZ_SEED</c> say how long and from where.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int OrdinarySeed = 20_267;
    private const int OrdinaryRounds = 10_000;

    // A round takes less than a millisecond; one that takes as long as that hangs, on however busy a machine.
    private static readonly TimeSpan HangsAfter = TimeSpan.FromSeconds(60);

    private int _seed;
    private long _begin;

    [Fact]
    public async Task Whatever_comes_is_read_or_refused()
    {
        var minutes = Environment.GetEnvironmentVariable("FUZZ_MINUTES");
        _seed = int.Parse(Environment.GetEnvironmentVariable("FUZZ_SEED") ?? OrdinarySeed.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var length = TimeSpan.FromMinutes(double.Parse(minutes ?? "0", CultureInfo.InvariantCulture));
        var first = _seed;
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var hanging = WatchAsync(watching.Token);
        var rounds = Task.Run(() => minutes is null ? Run(OrdinaryRounds) : Run(length), TestContext.Current.CancellationToken);
        await await Task.WhenAny(rounds, hanging);
        await watching.CancelAsync();
        output.WriteLine($"{await rounds} rounds from seed {first}");
    }

    private int Run(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            RunRound();
        }

        return rounds;
    }

    /// <summary>One round at least.</summary>
    private int Run(TimeSpan length)
    {
        var begin = Stopwatch.GetTimestamp();
        var rounds = 0;
        do
        {
            RunRound();
            rounds++;
        }
        while (Stopwatch.GetElapsedTime(begin) < length);

        return rounds;
    }

    private void RunRound()
    {
        Volatile.Write(ref _begin, Stopwatch.GetTimestamp());
        var random = new Random(_seed);
        foreach (var (name, newInput, check) in FuzzTargets.All)
        {
            var input = Damage.Do(newInput(random), random);
            try
            {
                check(input, random);
            }
            catch (Exception exception)
            {
                Assert.Fail($"{name} of {input.Length} bytes, {Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 2_000)))}\n{exception}\n{Repeat}");
            }
        }

        _seed++;
    }

    private string Repeat => $"Repeat it with: ./test fuzz --minutes 0 --seed {_seed}";

    /// <summary>Fails when a round does not end.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                Assert.True(Volatile.Read(ref _begin) == 0 || Stopwatch.GetElapsedTime(Volatile.Read(ref _begin)) < HangsAfter, $"A round does not end. {Repeat}");
            }
        }
        catch (OperationCanceledException)
        {
            // The rounds have ended.
        }
    }
}
