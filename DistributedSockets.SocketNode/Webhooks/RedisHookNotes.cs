// Notes whose events may have to be posted, before an event is entered.
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>
/// Notes whose events may have to be posted. The list lies in another slot than the events: it is written first, so that a node that dies leaves no event that nobody looks for.
/// </summary>
internal static class RedisHookNotes
{
    public static Task NoteAsync(IDatabase database, HookOwner owner) =>
        database.ScriptEvaluateAsync(RedisScripts.NoteDue, [RedisKeys.Hooks(RedisKeys.Shard(owner))], [RedisKeys.Member(owner), 0]);

    /// <summary>Calls a script that refuses as long as an event comes of it whose owner is not noted: what is stored for somebody who is there costs no call more.</summary>
    /// <param name="call">Takes whether the owner is noted.</param>
    public static async Task<RedisResult> EnsureAsync(IDatabase database, HookOwner owner, Func<bool, Task<RedisResult>> call)
    {
        var answer = await call(false);
        if (answer[0].ToString() != "hook")
        {
            return answer;
        }

        await NoteAsync(database, owner);
        return await call(true);
    }
}
