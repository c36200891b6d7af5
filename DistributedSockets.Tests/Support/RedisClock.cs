// Redis' clock, as far as tests can put it forward.
using StackExchange.Redis;

namespace DistributedSockets.Tests.Support;

/// <summary>
/// Redis' clock can't be put forward. What leases, turns, graces and pauses measure by it can be put back: the same to everybody who looks. (An incarnation's number and a version
/// come from the clock itself and only have to rise.)
/// </summary>
internal static class RedisClock
{
    private const string PutForward = """
        for _, key in ipairs(redis.call('KEYS', 'ds:*')) do
          local kind = redis.call('TYPE', key).ok
          if kind == 'zset' then
            local all = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
            for index = 1, #all, 2 do
              redis.call('ZADD', key, string.format('%.1f', all[index + 1] - ARGV[1]), all[index])
            end
          elseif kind == 'hash' then
            for _, field in ipairs({'grace', 'paused'}) do
              local ends = tonumber(redis.call('HGET', key, field) or 0)
              if ends > 0 then
                redis.call('HSET', key, field, string.format('%d', ends - ARGV[1]))
              end
            end
          end
          local left = redis.call('PTTL', key)
          if left > 0 then
            redis.call('PEXPIRE', key, left - ARGV[1])
          end
        end
        """;

    public static Task PutForwardAsync(IDatabase database, TimeSpan length) => database.ScriptEvaluateAsync(PutForward, [], [(long)length.TotalMilliseconds]);
}
