// Who waits for a turn at storing, and how long.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Messaging;

public sealed class StoreTurnsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly StoreTurns _turns;

    public StoreTurnsTests() => _turns = new StoreTurns(_time);

    [Fact]
    public async Task Turn_is_had_at_once_where_few_store()
    {
        await TakeAllAsync();
    }

    [Fact]
    public async Task Whoever_comes_first_has_the_next_turn()
    {
        await TakeAllAsync();
        var (first, second) = (_turns.TakeAsync().AsTask(), _turns.TakeAsync().AsTask());
        Assert.False(first.IsCompleted);

        _turns.GiveBack();
        Assert.True(await first.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken));
        Assert.False(second.IsCompleted);
        _turns.GiveBack();
        Assert.True(await second.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Store_that_hangs_holds_nobody_up()
    {
        await TakeAllAsync();
        var waiting = _turns.TakeAsync().AsTask();

        _time.Advance(StoreTurns.Patience);
        Assert.False(await waiting.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Turn_of_somebody_who_went_without_goes_to_the_next()
    {
        await TakeAllAsync();
        var gone = _turns.TakeAsync().AsTask();
        _time.Advance(StoreTurns.Patience);
        await gone.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        var next = _turns.TakeAsync().AsTask();

        _turns.GiveBack();
        Assert.True(await next.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken));
    }

    public void Dispose() => _turns.Dispose();

    private async Task TakeAllAsync()
    {
        for (var taken = 0; taken < StoreTurns.AtOnce; taken++)
        {
            var turn = _turns.TakeAsync();
            Assert.True(turn.IsCompleted);
            Assert.True(await turn);
        }
    }
}
