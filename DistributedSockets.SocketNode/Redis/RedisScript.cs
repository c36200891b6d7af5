// A script that runs inside Redis, and how it is called.
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Redis;

/// <summary>A script that runs inside Redis, by its text or by the hash under which a server keeps it.</summary>
[SuppressMessage("Security", "CA5350:Do not use weak cryptographic algorithms", Justification = "It is how Redis names a script.")]
internal sealed class RedisScript(string text)
{
    public string Text => text;

    public byte[] Hash { get; } = SHA1.HashData(Encoding.UTF8.GetBytes(text));
}

internal static class RedisScriptCalls
{
    /// <summary>
    /// Calls a script by its hash; a server that does not know it (yet or any more) is sent the whole. The client does the same by itself, but looks the hash up under the text: that costs a
    /// pass over the whole of it for each call, on one thread for all.
    /// </summary>
    public static async Task<RedisResult> ScriptEvaluateAsync(this IDatabase database, RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await database.ScriptEvaluateAsync(script.Hash, keys, values);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await database.ScriptEvaluateAsync(script.Text, keys, values);
        }
    }
}
