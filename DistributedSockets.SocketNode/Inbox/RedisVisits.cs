// Makes a visit certain before an inbox gets something that needs one.
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Makes a visit certain before an inbox gets something that needs one. The list of visits lies in another slot, so a script can't do both: it refuses, the user is
/// entered, and it is called again with the time that it may rely on. That is one more call for a user and visit period.
/// </summary>
internal static class RedisVisits
{
    private const int MaxAttempts = 8;

    /// <summary>Calls a script until it has done its work.</summary>
    public static async Task<RedisResult> EnsureAsync(IDatabase database, UserId user, Func<VisitClaim, Task<RedisResult>> call)
    {
        var claim = default(VisitClaim);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var answer = await call(claim);
            if (answer[0].ToString() != "visit")
            {
                return answer;
            }

            var registered = (long)await database.ScriptEvaluateAsync(
                RedisScripts.RegisterVisit, [RedisKeys.Visits(RedisKeys.Shard(user))], [RedisKeys.Encode(user.Value), (long)answer[1]]);
            claim = new VisitClaim(registered, (long)answer[2]);
        }

        throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"No visit could be made certain in {MaxAttempts} attempts."));
    }
}

/// <summary>What a caller relies on.</summary>
/// <param name="Registered">The time of the visit that it has registered; 0 for none.</param>
/// <param name="Visits">How many visits there were when it was refused: one more may have taken off what it has registered.</param>
internal readonly record struct VisitClaim(long Registered, long Visits);
