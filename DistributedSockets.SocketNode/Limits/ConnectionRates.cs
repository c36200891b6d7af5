// How much one connection may send.
using DistributedSockets.Protocol;

namespace DistributedSockets.SocketNode.Limits;

/// <summary>How much one connection may send: of its own, and of what it shares with its user's other connections and with others at its address. For its read loop only.</summary>
/// <param name="messages">Where every message is taken from; let go at the end.</param>
/// <param name="commands">Where other commands are taken from; null for no limit.</param>
/// <param name="reached">Told the name of a limit that was reached.</param>
internal sealed class ConnectionRates(SharedBucket[] messages, SharedBucket? commands, Action<string> reached) : IDisposable
{
    /// <summary>No limits.</summary>
    public static readonly ConnectionRates Unlimited = new([], null, static _ => { });

    /// <summary>So many refused messages within the window, and the connection has to go.</summary>
    private const int MostRefused = 200;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private int _refused;
    private long _windowEnd;

    /// <summary>Whether there is no room for another message now.</summary>
    public bool IsSpent => messages.Length > 0 && Longest().Wait > 0;

    /// <summary>Whether messages have been refused for too long.</summary>
    public bool IsAbused => _refused >= MostRefused;

    /// <summary>Takes what a command costs. Null: it may be done.</summary>
    public Excess? Take(CommandKind kind) => kind switch
    {
        CommandKind.Message or CommandKind.Edit or CommandKind.Delete or CommandKind.Typing => TakeMessage(isTold: kind != CommandKind.Typing),
        CommandKind.Join or CommandKind.Leave or CommandKind.Members or CommandKind.History or CommandKind.Presence or CommandKind.Read or CommandKind.Auth => TakeCommand(),
        _ => null,
    };

    /// <summary>A message has been taken from a client that can't be refused one: it waits afterwards, with <see cref="WhenRoomAsync"/>.</summary>
    public void ChargeMessage()
    {
        var now = Now();
        foreach (var bucket in messages)
        {
            bucket.Charge(now);
        }
    }

    /// <summary>Completes when there is room for a message, or the connection is closing.</summary>
    public async Task WhenRoomAsync(CancellationToken cancellationToken)
    {
        for (var (rate, wait) = Longest(); wait > 0 && !cancellationToken.IsCancellationRequested; (rate, wait) = Longest())
        {
            reached(rate.Limit);
            await rate.DelayAsync(wait, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        foreach (var bucket in messages)
        {
            bucket.LetGo();
        }
    }

    private Excess? TakeMessage(bool isTold)
    {
        var now = Now();
        for (var index = 0; index < messages.Length; index++)
        {
            var bucket = messages[index];
            if (!bucket.TryTake(now, out var wait))
            {
                foreach (var taken in messages.AsSpan(0, index))
                {
                    taken.GiveBack();
                }

                if (isTold)
                {
                    CountRefused(bucket.Rate, now);
                }

                return Reached(bucket.Rate, wait);
            }
        }

        return null;
    }

    private Excess? TakeCommand() => commands is null || commands.TryTake(commands.Rate.Now(), out var wait) ? null : Reached(commands.Rate, wait);

    private Excess Reached(Rate rate, long wait)
    {
        reached(rate.Limit);
        return new Excess(rate.Limit, rate.ToTime(wait));
    }

    private void CountRefused(Rate rate, long now)
    {
        if (now > _windowEnd)
        {
            (_refused, _windowEnd) = (0, now + rate.ToTicks(Window));
        }

        _refused++;
    }

    /// <summary>One look at the clock for all of them, and none where there are none.</summary>
    private long Now() => messages.Length == 0 ? 0 : messages[0].Rate.Now();

    private (Rate Rate, long Wait) Longest()
    {
        var now = Now();
        var longest = (messages[0].Rate, Wait: messages[0].WaitFor(now));
        foreach (var bucket in messages.AsSpan(1))
        {
            var wait = bucket.WaitFor(now);
            if (wait > longest.Wait)
            {
                longest = (bucket.Rate, wait);
            }
        }

        return longest;
    }
}
