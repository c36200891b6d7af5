// Waits for what must become true.
namespace DistributedSockets.Tests.Support;

internal static class Eventually
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until the condition holds, or fails with <paramref name="what"/> after <paramref name="patience"/> (20 s).</summary>
    public static Task IsAsync(Func<bool> condition, string what, TimeSpan? patience = null) =>
        IsAsync(() => Task.FromResult(condition()), what, patience);

    /// <summary>As above; <paramref name="what"/> is asked at the end, for what was missing then.</summary>
    public static Task IsAsync(Func<bool> condition, Func<string> what, TimeSpan? patience = null) =>
        IsAsync(() => Task.FromResult(condition()), what, patience);

    public static Task IsAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null) => IsAsync(condition, () => what, patience);

    private static async Task IsAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? patience)
    {
        var since = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Period);
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < (patience ?? TimeSpan.FromSeconds(20)), $"Not in time: {what()}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
