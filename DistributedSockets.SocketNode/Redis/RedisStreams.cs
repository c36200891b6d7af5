// Entries of streams in the answers of scripts.
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

internal static class RedisStreams
{
    /// <summary>Reads <c>id, {name, value, name, …}</c>.</summary>
    public static StreamEntry ToEntry(RedisResult entry)
    {
        var (id, values) = ((RedisValue)entry[0], entry[1]);
        var fields = new NameValueEntry[values.Length / 2];
        for (var index = 0; index < fields.Length; index++)
        {
            fields[index] = new NameValueEntry((RedisValue)values[2 * index], (RedisValue)values[(2 * index) + 1]);
        }

        return new StreamEntry(id, fields);
    }
}
