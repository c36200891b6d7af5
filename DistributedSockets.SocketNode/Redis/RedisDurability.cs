// Warns at start when Redis would forget what was acknowledged.
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

/// <summary>Warns at start when a restart of Redis would lose stored messages: append-only, fsync always, is what this system is built on.</summary>
internal sealed partial class RedisDurability(IConnectionMultiplexer redis, ILogger<RedisDurability> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

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
        var appendOnly = await ReadAsync(database, "appendonly");
        var fsync = await ReadAsync(database, "appendfsync");
        if (appendOnly != "yes" || fsync != "always")
        {
            LogNotDurable(appendOnly, fsync);
        }
    }

    private static async Task<string> ReadAsync(IDatabase database, string setting)
    {
        var answer = await database.ExecuteAsync("CONFIG", "GET", setting);
        return answer.Length == 2 ? answer[1].ToString() : "unknown";
    }

    [LoggerMessage(3010, LogLevel.Warning, "Redis is not durable (appendonly {AppendOnly}, appendfsync {Fsync}): a restart of it may lose stored messages. Start it with --appendonly yes --appendfsync always")]
    private partial void LogNotDurable(string appendOnly, string fsync);

    [LoggerMessage(3011, LogLevel.Information, "Whether Redis is durable could not be read: {Reason}")]
    private partial void LogUnknown(string reason);
}
