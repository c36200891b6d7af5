using DistributedSockets.Client;
using DistributedSockets.Client.Connecting;

namespace DistributedSockets.Tests.Clients;

public sealed class BackoffTests
{
    private static readonly CloseInfo Cut = CloseInfo.Cut("cut");
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public void Pauses_are_chosen_by_chance_below_a_bound_that_doubles_up_to_the_longest()
    {
        double[] bounds = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000];
        var seen = new double[bounds.Length];
        for (var turn = 0; turn < 200; turn++)
        {
            var backoff = new Backoff(new ClientOptions());
            for (var failure = 0; failure < bounds.Length; failure++)
            {
                var pause = backoff.Next(Cut, lived: null).TotalMilliseconds;
                Assert.InRange(pause, 0, bounds[failure]);
                seen[failure] = Math.Max(seen[failure], pause);
            }
        }

        // Full jitter: of 200 some come near the bound.
        Assert.All(seen.Zip(bounds), pair => Assert.InRange(pair.First, pair.Second * 0.8, pair.Second));
    }

    [Fact]
    public void After_a_connection_that_has_lived_it_begins_anew()
    {
        var backoff = new Backoff(new ClientOptions());
        for (var failure = 0; failure < 10; failure++)
        {
            backoff.Next(Cut, lived: null);
        }

        Assert.InRange(backoff.Next(Cut, Long), TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public void One_who_is_sent_away_goes_at_once_but_not_again_and_again()
    {
        var away = new CloseInfo(4200, "going");
        var backoff = new Backoff(new ClientOptions { ShortestPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromHours(1) });

        Assert.Equal(TimeSpan.Zero, backoff.Next(CloseInfo.CaughtUp, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.Zero, backoff.Next(away, TimeSpan.FromSeconds(1)));
        Assert.NotEqual(TimeSpan.Zero, backoff.Next(away, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.Zero, backoff.Next(away, Long));
    }

    [Theory]
    [InlineData(4102, 0, 1_000)]
    [InlineData(4100, 7_000, 7_000)]
    [InlineData(1006, 0, 0)]
    public void What_is_too_much_waits_at_least_as_long_as_the_node_says(int code, int told, int least)
    {
        var end = new CloseInfo(code, "later") { Wait = TimeSpan.FromMilliseconds(told) };

        Assert.InRange(new Backoff(new ClientOptions()).Next(end, Long).TotalMilliseconds, least, least + 250);
    }
}
