// What a caller sees of a call to Redis that fails.
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.Tests.Redis;

public sealed class RedisCallTests
{
    public static TheoryData<Exception> WhatTheClientHasFailedCallsWith =>
    [
        new TimeoutException(),
        new TaskCanceledException(),
        new ObjectDisposedException("connection"),
        new InvalidOperationException("Reading is not allowed after reader was completed."),
    ];

    [Theory]
    [MemberData(nameof(WhatTheClientHasFailedCallsWith))]
    public async Task Whatever_the_client_throws_is_one_kind_of_failure(Exception thrown)
    {
        var failure = await Assert.ThrowsAsync<RegistryUnavailableException>(() => AskAsync(() => throw thrown, TestContext.Current.CancellationToken));

        Assert.Same(thrown, failure.InnerException);
    }

    [Fact]
    public async Task Cancellation_that_was_asked_for_is_no_failure()
    {
        using var cancelled = new CancellationTokenSource();

        await Assert.ThrowsAsync<OperationCanceledException>(() => AskAsync(
            () =>
            {
                cancelled.Cancel();
                throw new OperationCanceledException(cancelled.Token);
            },
            cancelled.Token));
    }

    private static Task<int> AskAsync(Func<Task<int>> ask, CancellationToken cancellationToken) =>
        RedisCall.AskAsync(ask, (text, inner) => new RegistryUnavailableException(text, inner), "test", cancellationToken);
}
