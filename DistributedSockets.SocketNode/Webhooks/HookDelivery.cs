// Posts the events of one owner, one after the other.
using DistributedSockets.SocketNode.Diagnostics;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>
/// Posts the events of one owner, one after the other: the next is not posted before the last one was accepted or given up. An event that fails makes those behind it wait as well, for as long as it
/// has waited itself: 1 s, 2 s, 4 s, up to 5 minutes. So nobody has to remember how often it was tried.
/// </summary>
internal sealed partial class HookDelivery(IHookQueue queue, HookPost post, HookOptions options, HookMetrics metrics, Failpoints failpoints, ILogger<HookDelivery> logger)
{
    private const int PageSize = 50;
    private const double Jitter = 0.1;

    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostPause = TimeSpan.FromMinutes(5);

    /// <param name="mayGoOn">Asked before each event.</param>
    public async Task DeliverAsync(DueHook due, Func<bool> mayGoOn, CancellationToken cancellationToken)
    {
        while (mayGoOn())
        {
            var page = await queue.ReadAsync(due.Owner, PageSize, cancellationToken);
            metrics.GivenUp(HookMetrics.TooMany, page.Lost);
            if (page.PausedUntil > 0)
            {
                await queue.SettleAsync(due, page.PausedUntil, cancellationToken);
                return;
            }

            if (page.Events.Count == 0)
            {
                await queue.SettleAsync(due, due.IsLastLook ? null : DueHook.LastLookAt(page.Now + (long)IHookQueue.NotedBefore.TotalMilliseconds), cancellationToken);
                return;
            }

            if (await PostAsync(page, mayGoOn, cancellationToken) is { } until)
            {
                await queue.SettleAsync(due, until, cancellationToken);
                return;
            }
        }
    }

    /// <returns>Until when the owner's events wait; null where none has failed.</returns>
    private async Task<long?> PostAsync(HookPage page, Func<bool> mayGoOn, CancellationToken cancellationToken)
    {
        foreach (var (told, index) in page.Events.Select((told, index) => (told, index)))
        {
            if (!mayGoOn())
            {
                return null;
            }

            failpoints.Pass(Failpoint.KillBeforeHook);
            var answer = await post.PostAsync(told, cancellationToken);
            if (answer == HookAnswer.Failed)
            {
                return await GiveUpOrPauseAsync([.. page.Events.Skip(index)], page.Now, cancellationToken);
            }

            failpoints.Pass(Failpoint.KillAfterHook);
            if (answer == HookAnswer.Accepted)
            {
                metrics.Sent(told.Data.Type);
            }
            else
            {
                GiveUp(told.Owner, HookMetrics.Gone, 1);
            }

            // Not cancelled: what was accepted is not to be posted again.
            await queue.RemoveAsync(told.Owner, [told], CancellationToken.None);
        }

        return null;
    }

    /// <summary>What is too old goes without a further try, since the first of it has just failed.</summary>
    private async Task<long?> GiveUpOrPauseAsync(IReadOnlyList<HookEvent> left, long now, CancellationToken cancellationToken)
    {
        var owner = left[0].Owner;
        var tooOld = left.TakeWhile(told => AgeOf(told, now) >= options.GiveUpAfter).ToList();
        if (tooOld.Count > 0)
        {
            await queue.RemoveAsync(owner, tooOld, cancellationToken);
            GiveUp(owner, HookMetrics.TooOld, tooOld.Count);
        }

        return tooOld.Count == left.Count ? null : await queue.PauseAsync(owner, PauseOf(AgeOf(left[tooOld.Count], now)), cancellationToken);
    }

    private static TimeSpan AgeOf(HookEvent told, long now) => TimeSpan.FromMilliseconds(now - told.At);

    private static TimeSpan PauseOf(TimeSpan age)
    {
        var pause = age + LeastPause;
        return (pause < MostPause ? pause : MostPause) * (1 + (Jitter * ((2 * Random.Shared.NextDouble()) - 1)));
    }

    private void GiveUp(HookOwner owner, string reason, int count)
    {
        metrics.GivenUp(reason, count);
        LogGivenUp(count, owner, reason);
    }

    [LoggerMessage(10010, LogLevel.Warning, "{Count} events of {Owner} were given up: {Reason}")]
    private partial void LogGivenUp(int count, HookOwner owner, string reason);
}
