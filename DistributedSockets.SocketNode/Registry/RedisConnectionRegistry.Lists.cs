// The registry in Redis: lists of who is connected, and of the rooms that they are in.
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Rooms;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Registry;

internal sealed partial class RedisConnectionRegistry
{
    /// <summary>Names that are looked at for one page: a search that finds nothing ends in bounded time, and says where it was.</summary>
    private const int MostLookedAt = 5000;

    private const int NamesPerScan = 500;

    /// <summary>
    /// So many scans from one cursor are read and ordered as one. A page that ends within them begins there again and goes on behind a name; a set of fewer names is read whole,
    /// and nothing of it is missed. Of a larger one the same scans give the same names, unless it has just been made room for many more.
    /// </summary>
    private const int ScansTogether = MostLookedAt / NamesPerScan;

    /// <summary>A node that has died leaves its list to expire; one that lives asks for it again far sooner.</summary>
    private static readonly TimeSpan RoomsLife = TimeSpan.FromMinutes(5);

    public Task<ListPage<ListedUser>> ListUsersAsync(ListQuery query, CancellationToken cancellationToken) => WalkAsync(
        query,
        RedisKeys.Users,
        async (name, node, living) =>
        {
            var user = new UserId(name);
            List<Session> sessions = [.. SessionCodec.ReadAll(user, await _database.HashGetAllAsync(RedisKeys.Sessions(user))).Where(session => living.Contains(session.Node))];
            return sessions.Count > 0 && sessions.MinBy(session => session.Node, ListPlace.NodeOrder)!.Node == node ? new ListedUser(user, sessions) : null;
        },
        cancellationToken);

    public async Task<ListPage<RoomId>> ListRoomsAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var page = await WalkAsync(
            query,
            RedisKeys.Rooms,
            async (name, node, living) =>
            {
                var before = living.TakeWhile(other => other != node).Select(other => _database.SetContainsAsync(RedisKeys.Rooms(other), RedisKeys.Encode(name)));
                return (await Task.WhenAll(before)).Contains(true) ? null : name;
            },
            cancellationToken);
        return new ListPage<RoomId>([.. page.Items.Select(name => new RoomId(name))], page.Next);
    }

    public Task<bool> NoteRoomsAsync(NodeIncarnation self, IReadOnlyCollection<RoomId> came, IReadOnlyCollection<RoomId> went, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var key = RedisKeys.Rooms(self);
                var isKnown = await _database.KeyExpireAsync(key, RoomsLife);
                if (came.Count > 0)
                {
                    await _database.SetAddAsync(key, [.. came.Select(room => (RedisValue)RedisKeys.Encode(room.Value))]);
                }

                if (went.Count > 0)
                {
                    await _database.SetRemoveAsync(key, [.. went.Select(room => (RedisValue)RedisKeys.Encode(room.Value))]);
                }

                await _database.KeyExpireAsync(key, RoomsLife);
                return isKnown;
            },
            cancellationToken);

    /// <summary>Walks over what the living nodes have entered, one after the other.</summary>
    /// <param name="show">What a name is in the list; null where it stands under another node, or no more under any.</param>
    private async Task<ListPage<T>> WalkAsync<T>(
        ListQuery query, Func<NodeIncarnation, RedisKey> namesOf, Func<string, NodeIncarnation, IReadOnlyList<NodeIncarnation>, Task<T?>> show, CancellationToken cancellationToken)
        where T : class
    {
        List<NodeIncarnation> living = [.. (await ReadNodesAsync(cancellationToken)).Living.Keys.Order(ListPlace.NodeOrder)];
        return await AskAsync(
            async () =>
            {
                var found = new List<T>();
                var lookedAt = 0;
                var place = query.After;
                foreach (var node in living.Where(node => place is not { } after || ListPlace.NodeOrder.Compare(node, after.Node) >= 0).ToList())
                {
                    var (cursor, behind) = place is { } start && start.Node == node ? (start.Cursor, start.Name) : (0, "");
                    do
                    {
                        if (lookedAt >= MostLookedAt)
                        {
                            return new ListPage<T>(found, new ListPlace(node, cursor, behind));
                        }

                        var (names, next) = await ReadNamesAsync(namesOf(node), cursor);
                        lookedAt += names.Count;
                        var wanted = names.Where(name => string.CompareOrdinal(name, behind) > 0 && query.Wants(name)).ToList();
                        while (wanted.Count > 0)
                        {
                            var batch = wanted[..Math.Min(wanted.Count, query.Limit - found.Count)];
                            found.AddRange((await Task.WhenAll(batch.Select(name => show(name, node, living)))).OfType<T>());
                            wanted.RemoveRange(0, batch.Count);
                            if (found.Count == query.Limit)
                            {
                                return new ListPage<T>(found, new ListPlace(node, cursor, batch[^1]));
                            }
                        }

                        (cursor, behind) = (next, "");
                    }
                    while (cursor != 0);
                }

                return new ListPage<T>(found, null);
            },
            cancellationToken,
            "list");
    }

    /// <summary>Names of a set, in order, and the cursor behind them; 0 at the end.</summary>
    private async Task<(IReadOnlyList<string> Names, ulong Next)> ReadNamesAsync(RedisKey key, ulong cursor)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        for (var scans = 0; scans < ScansTogether; scans++)
        {
            var answer = await _database.ExecuteAsync("SSCAN", key, cursor, "COUNT", NamesPerScan);
            names.UnionWith(((RedisValue[])answer[1]!).Select(name => RedisKeys.Decode(name.ToString())));
            cursor = ulong.Parse(answer[0].ToString(), CultureInfo.InvariantCulture);
            if (cursor == 0)
            {
                break;
            }
        }

        return ([.. names], cursor);
    }
}
