// The registry in Redis: what is left of a dead node.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Registry;

internal sealed partial class RedisConnectionRegistry
{
    public Task<IReadOnlyList<NodeIncarnation>> BeginReapAsync(NodeIncarnation self, TimeSpan turn, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<NodeIncarnation>>(
            async () =>
            {
                var answer = await _database.ScriptEvaluateAsync(
                    RedisScripts.BeginReap,
                    [RedisKeys.ReaperTurn, RedisKeys.Alive],
                    [RedisKeys.Member(self), (long)turn.TotalMilliseconds]);
                if (answer.IsNull)
                {
                    return [];
                }

                // The names of the dead are data of the first script and keys of the second, which looks again whether they are dead.
                await Task.WhenAll(RedisKeys.ReadMembers((RedisValue[])answer!).Select(dead => _database.ScriptEvaluateAsync(
                    RedisScripts.Fence,
                    [RedisKeys.Lease(dead.Node), RedisKeys.Incarnations, RedisKeys.Alive, RedisKeys.Reaping],
                    [RedisKeys.Encode(dead.Node.Value), dead.Number])));
                return [.. RedisKeys.ReadMembers(await _database.SetMembersAsync(RedisKeys.Reaping))];
            },
            cancellationToken);

    public Task<IReadOnlyList<ReapedUser>> ReapAsync(NodeIncarnation dead, int limit, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<ReapedUser>>(
            async () =>
            {
                var users = await _database.SetScanAsync(RedisKeys.Users(dead), pageSize: limit)
                    .Take(limit)
                    .Select(user => new UserId(RedisKeys.Decode(user.ToString())))
                    .ToListAsync(CancellationToken.None);
                if (users.Count == 0)
                {
                    await ForgetAsync(dead);
                    return [];
                }

                var reaped = new List<ReapedUser>(users.Count);
                foreach (var batch in users.Chunk(Pipelined))
                {
                    reaped.AddRange(await Task.WhenAll(batch.Select(user => ReapUserAsync(dead, user))));
                }

                return reaped;
            },
            cancellationToken);

    public Task ConfirmReapedAsync(NodeIncarnation dead, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var key = RedisKeys.Users(dead);
                if (users.Count > 0)
                {
                    await _database.SetRemoveAsync(key, [.. users.Select(user => (RedisValue)RedisKeys.Encode(user.Value))]);
                }

                if (!await _database.KeyExistsAsync(key))
                {
                    await ForgetAsync(dead);
                }

                return true;
            },
            cancellationToken);

    private async Task<ReapedUser> ReapUserAsync(NodeIncarnation dead, UserId user)
    {
        await NoteHookAsync(user);
        var answer = await _database.ScriptEvaluateAsync(RedisScripts.ReapUser, PresenceCodec.Keys(user, _hooks), [SessionCodec.ValuePrefix(dead), _hooks.Argument]);
        return new ReapedUser(user, SessionCodec.ReadAll(user, answer[0])) { Presence = PresenceCodec.ReadChange(user, answer[1]) };
    }

    private async Task ForgetAsync(NodeIncarnation dead)
    {
        await _database.SetRemoveAsync(RedisKeys.Reaping, RedisKeys.Member(dead));
        await _database.HashDeleteAsync(RedisKeys.Infos, RedisKeys.Member(dead));
    }
}
