// How much one connection may send, of its own and of what it shares.
using System.Collections.Concurrent;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Limits;

public sealed class ConnectionRatesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _reached = new();

    [Fact]
    public void Without_limits_everything_may_be_done()
    {
        for (var sent = 0; sent < 1_000; sent++)
        {
            Assert.Null(ConnectionRates.Unlimited.Take(CommandKind.Message));
        }

        Assert.False(ConnectionRates.Unlimited.IsSpent);
    }

    [Fact]
    public void Refused_message_names_its_limit_and_is_paid_for_nowhere()
    {
        var shared = new SharedBucket(new Rate("Limits:User", 1, 3, _time));
        using var first = NewRates(burst: 2, shared);
        using var second = NewRates(burst: 9, shared);
        Assert.Null(first.Take(CommandKind.Message));
        Assert.Null(first.Take(CommandKind.Typing));
        Assert.Equal("Limits:Own", first.Take(CommandKind.Message)?.Limit);

        Assert.Null(second.Take(CommandKind.Message));
        Assert.Equal(new Excess("Limits:User", TimeSpan.FromSeconds(1)), second.Take(CommandKind.Message));
        _time.Advance(TimeSpan.FromSeconds(1));

        // What the user's limit refused did not count against the connection's.
        Assert.Null(second.Take(CommandKind.Message));
        Assert.Equal("Limits:User", second.Take(CommandKind.Message)?.Limit);
        Assert.Equal(["Limits:Own", "Limits:User", "Limits:User"], _reached);
    }

    [Fact]
    public void Other_commands_have_a_limit_of_their_own_and_acknowledging_has_none()
    {
        using var rates = NewRates(burst: 1);
        Assert.Null(rates.Take(CommandKind.Message));
        Assert.Null(rates.Take(CommandKind.Auth));
        Assert.Null(rates.Take(CommandKind.Read));
        Assert.Equal("Limits:Commands", rates.Take(CommandKind.Auth)?.Limit);
        foreach (var free in new[] { CommandKind.Ack, CommandKind.Ping, CommandKind.Bye, CommandKind.Hello })
        {
            Assert.Null(rates.Take(free));
        }
    }

    [Fact]
    public void Two_hundred_refused_messages_within_ten_seconds_are_too_many()
    {
        using var rates = NewRates(burst: 1);
        Refuse(rates, 199);
        Assert.False(rates.IsAbused);
        _time.Advance(TimeSpan.FromSeconds(11));
        Refuse(rates, 199);
        Assert.False(rates.IsAbused);
        Refuse(rates, 1);
        Assert.True(rates.IsAbused);
    }

    [Fact]
    public void Typing_and_other_commands_that_are_dropped_do_not_count_to_them()
    {
        using var rates = NewRates(burst: 1);
        rates.Take(CommandKind.Message);
        for (var refused = 0; refused < 500; refused++)
        {
            rates.Take(CommandKind.Typing);
            rates.Take(CommandKind.Auth);
        }

        Assert.False(rates.IsAbused);
    }

    [Fact]
    public async Task Who_can_not_be_refused_waits_until_all_that_was_charged_is_paid()
    {
        using var rates = NewRates(burst: 2);
        rates.ChargeMessage();
        Assert.False(rates.IsSpent);
        rates.ChargeMessage();
        rates.ChargeMessage();
        Assert.True(rates.IsSpent);

        var room = rates.WhenRoomAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromMilliseconds(1_900));
        Assert.False(room.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await room.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.False(rates.IsSpent);
        Assert.Contains("Limits:Own", _reached);
    }

    [Fact]
    public async Task Wait_ends_with_the_connection()
    {
        using var rates = NewRates(burst: 1);
        using var closing = new CancellationTokenSource();
        rates.ChargeMessage();
        var room = rates.WhenRoomAsync(closing.Token);
        await closing.CancelAsync();
        await room.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.True(rates.IsSpent);
    }

    private static void Refuse(ConnectionRates rates, int count)
    {
        while (rates.Take(CommandKind.Message) is null)
        {
        }

        for (var refused = 1; refused < count; refused++)
        {
            Assert.NotNull(rates.Take(CommandKind.Message));
        }
    }

    private ConnectionRates NewRates(int burst, params SharedBucket[] shared) =>
        new([new SharedBucket(new Rate("Limits:Own", 1, burst, _time)), .. shared], new SharedBucket(new Rate("Limits:Commands", 1, 2, _time)), _reached.Enqueue);
}
