// Which keys the dashboard starts with, what counts as the key, and how often one may guess.
using System.Net;
using DistributedSockets.Web.Access;

namespace DistributedSockets.Tests.Web;

public sealed class AccessKeyTests
{
    private const string Key = "a key of the tests, long enough!";

    [Theory]
    [InlineData(null, true, null)]
    [InlineData("", true, null)]
    [InlineData(Key, true, null)]
    [InlineData(Key, false, null)]
    [InlineData(null, false, "Dashboard:Key is not set.")]
    [InlineData("", false, "Dashboard:Key is not set.")]
    [InlineData("short", false, "Dashboard:Key has 5 characters, which is too few")]
    [InlineData("short", true, "Dashboard:Key has 5 characters, which is too few")]
    public void Outside_Development_there_has_to_be_a_key_and_never_a_short_one(string? key, bool isDevelopment, string? problem)
    {
        var said = DashboardKey.Problem(key, isDevelopment);
        Assert.Equal(problem is null, said is null);
        Assert.StartsWith(problem ?? "", said ?? "", StringComparison.Ordinal);
        Assert.Equal(problem is not null, said?.Contains("Dashboard__Key", StringComparison.Ordinal) ?? false);
    }

    [Theory]
    [InlineData(Key, true)]
    [InlineData("a key of the tests, long enough", false)]
    [InlineData("a key of the tests, long enough!!", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_the_key_is_the_key(string? given, bool isKey) => Assert.Equal(isKey, new DashboardKey(Key).Is(given));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_key_nothing_is_wanted_and_nothing_is_the_key(string? key)
    {
        Assert.False(new DashboardKey(key).IsWanted);
        Assert.False(new DashboardKey(key).Is(""));
    }

    [Fact]
    public void Another_key_has_another_fingerprint_which_does_not_hold_it()
    {
        Assert.NotEqual(new DashboardKey(Key).Fingerprint, new DashboardKey(Key + "!").Fingerprint);
        Assert.DoesNotContain(new DashboardKey(Key).Fingerprint, Key, StringComparison.Ordinal);
    }

    [Fact]
    public void Five_wrong_keys_are_enough_for_one_address_and_nothing_to_another()
    {
        using var attempts = new SignInAttempts();
        var guesser = IPAddress.Parse("10.0.0.7");
        for (var number = 0; number < SignInAttempts.Limit; number++)
        {
            Assert.False(attempts.IsOver(guesser));
            attempts.NoteWrong(guesser);
        }

        Assert.True(attempts.IsOver(guesser));
        Assert.True(attempts.IsOver(IPAddress.Parse("::ffff:10.0.0.7")));
        Assert.False(attempts.IsOver(IPAddress.Parse("10.0.0.8")));
    }

    [Fact]
    public void The_addresses_of_one_IPv6_network_count_as_one()
    {
        using var attempts = new SignInAttempts();
        for (var number = 1; number <= SignInAttempts.Limit; number++)
        {
            attempts.NoteWrong(IPAddress.Parse($"2001:db8:1:2::{number}"));
        }

        Assert.True(attempts.IsOver(IPAddress.Parse("2001:db8:1:2:aaaa::1")));
        Assert.False(attempts.IsOver(IPAddress.Parse("2001:db8:1:3::1")));
    }
}
