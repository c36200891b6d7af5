// Whether Redis would forget what was acknowledged: found out at start, with a warning if so.
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

/// <summary>
/// Finds out at start whether a restart of Redis would lose stored messages, and warns if so: append-only, fsync always, is what this system is built on.
/// </summary>
internal sealed partial class RedisDurability(IConnectionMultiplexer redis, ILogger<RedisDurability> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private volatile RedisSettings? _found;

    /// <summary>Null while it is not known, or can't be read.</summary>
    public bool? IsDurable => _found is { AppendOnly: { } appendOnly, AppendFsync: { } fsync } ? appendOnly == "yes" && fsync == "always" : null;

    /// <summary>What Redis tells of <c>appendonly</c>.</summary>
    public string? AppendOnly => _found?.AppendOnly;

    /// <summary>What Redis tells of <c>appendfsync</c>.</summary>
    public string? AppendFsync => _found?.AppendFsync;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(RetryDelay);
        do
        {
            try
            {
                await CheckAsync();
                return;
            }
            catch (RedisServerException exception)
            {
                // A hosted Redis forbids CONFIG: whoever runs it has to know.
                LogUnknown(exception.Message);
                return;
            }
            catch (Exception exception) when (RedisCall.IsFailure(exception, stoppingToken))
            {
                // Not there yet; the node waits for it as well.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CheckAsync()
    {
        var database = redis.GetDatabase();
        _found = new RedisSettings(await ReadAsync(database, "appendonly"), await ReadAsync(database, "appendfsync"));
        if (IsDurable is not { } durable)
        {
            LogUnknown("it does not tell its settings");
        }
        else if (!durable)
        {
            LogNotDurable(AppendOnly, AppendFsync);
        }
    }

    private static async Task<string?> ReadAsync(IDatabase database, string setting)
    {
        var answer = await database.ExecuteAsync("CONFIG", "GET", setting);
        return answer.Length == 2 ? answer[1].ToString() : null;
    }

    [LoggerMessage(3010, LogLevel.Warning, "Redis is not durable (appendonly {AppendOnly}, appendfsync {Fsync}): a restart of it may lose stored messages. Start it with --appendonly yes --appendfsync always")]
    private partial void LogNotDurable(string? appendOnly, string? fsync);

    [LoggerMessage(3011, LogLevel.Information, "Whether Redis is durable could not be read: {Reason}")]
    private partial void LogUnknown(string reason);

    private sealed record RedisSettings(string? AppendOnly, string? AppendFsync);
}
