using DistributedSockets.Client.Connecting;

namespace DistributedSockets.Tests.Clients;

public sealed class RenewalPausesTests
{
    [Fact]
    public void Most_of_a_tokens_time_is_used() => Assert.Equal(TimeSpan.FromMinutes(8), new RenewalPauses().Next(TimeSpan.FromMinutes(10)));

    [Fact]
    public void Token_of_a_year_does_not_overtax_timers() => Assert.Equal(TimeSpan.FromDays(30), new RenewalPauses().Next(TimeSpan.FromDays(365)));

    [Fact]
    public void Clock_that_is_ahead_asks_less_and_less_often()
    {
        var pauses = new RenewalPauses();

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], Enumerable.Range(0, 8).Select(_ => pauses.Next(TimeSpan.FromMinutes(-5)).TotalSeconds));
        pauses.Next(TimeSpan.FromMinutes(10));
        Assert.Equal(1, pauses.Next(TimeSpan.FromMinutes(-5)).TotalSeconds);
    }
}
