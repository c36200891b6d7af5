using DistributedSockets.LocalHosting.Running;

namespace DistributedSockets.Tests.LocalHosting;

public sealed class RestartPolicyTests
{
    [Fact]
    public void The_delay_doubles_up_to_30_seconds()
    {
        var policy = new RestartPolicy();

        var delays = Enumerable.Range(0, 7).Select(_ => policy.Next(TimeSpan.FromSeconds(1))!.Value.TotalSeconds);

        Assert.Equal([1, 2, 4, 8, 16, 30, 30], delays);
    }

    [Fact]
    public void Half_a_healthy_minute_starts_it_over()
    {
        var policy = new RestartPolicy();
        policy.Next(TimeSpan.FromSeconds(1));
        policy.Next(TimeSpan.FromSeconds(29));

        Assert.Equal(TimeSpan.FromSeconds(1), policy.Next(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Five_starts_that_never_got_healthy_are_enough()
    {
        var policy = new RestartPolicy();

        var delays = Enumerable.Range(0, 5).Select(_ => policy.Next(healthyFor: null)).ToArray();

        Assert.All(delays[..4], delay => Assert.NotNull(delay));
        Assert.Null(delays[4]);
    }

    [Fact]
    public void A_healthy_moment_in_between_counts_from_the_beginning()
    {
        var policy = new RestartPolicy();
        for (var i = 0; i < 4; i++)
        {
            policy.Next(healthyFor: null);
        }

        Assert.NotNull(policy.Next(TimeSpan.FromSeconds(2)));
        Assert.NotNull(policy.Next(healthyFor: null));
    }
}
