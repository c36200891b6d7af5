// Inboxes in Redis: a stream per user. What devices do: RedisInbox.Devices.cs.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Webhooks;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Inbox;

/// <summary>
/// Inboxes in Redis: a stream per user, its numbers in <c>meta</c>, its devices' marks in <c>cursors</c>. A call that was sent is not
/// cancelled any more: it ends with Redis' answer or the client's time-out.
/// </summary>
internal sealed partial class RedisInbox(IConnectionMultiplexer redis, InboxLimits limits, Failpoints failpoints, WantedHooks? wanted = null) : IInbox
{
    private readonly IDatabase _database = redis.GetDatabase();
    private readonly WantedHooks _hooks = wanted ?? WantedHooks.None;

    public Task<Appended> AppendAsync(UserId user, IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var entries = Split(envelopes);
                var answer = await AppendAsync(user, entries);
                if (answer[0].ToString() == "apart")
                {
                    entries = Apart(envelopes);
                    answer = await AppendAsync(user, entries);
                }

                var placements = ReadPlacements(answer, entries);
                if (failpoints.Drops(Failpoint.DropEntry))
                {
                    await _database.StreamDeleteAsync(RedisKeys.Inbox(user), [StoredEnvelope.EntryId(placements[entries[0].Count - 1].Seq)]);
                }

                return new Appended(placements, answer[0].ToString(), SessionCodec.ReadAll(user, answer[1]));
            },
            cancellationToken);

    public Task<bool> IsReusedAsync(Envelope envelope, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var hash = (byte[]?)await _database.ScriptEvaluateAsync(RedisScripts.RecallId, [.. IdsOf(envelope.To)], [EnvelopeHash.OfId(envelope)]);
                return hash is not null && !hash.AsSpan(0, sizeof(ulong)).SequenceEqual(BitConverter.GetBytes(EnvelopeHash.OfBody(envelope)));
            },
            cancellationToken);

    public Task<InboxPage> ReadAsync(UserId user, long after, int limit, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var start = Math.Max(after, 0);
                var answer = await _database.ScriptEvaluateAsync(RedisScripts.ReadInbox, [RedisKeys.Meta(user), RedisKeys.Inbox(user)], [start, limit]);
                var epoch = (string?)answer[0];
                var messages = Enumerable.Range(1, answer.Length - 1).SelectMany(index => StoredEnvelope.Read(user, RedisStreams.ToEntry(answer[index])))
                    .SkipWhile(message => message.Seq <= start).Select(message => message with { Epoch = epoch }).ToList();

                // One more than asked for tells whether the page is the last, whatever holes there are.
                return new InboxPage([.. messages.Take(limit)], messages.Count <= limit);
            },
            cancellationToken);

    public Task<IReadOnlyList<InboxEnd>> ReadEndsAsync(IReadOnlyList<UserId> users, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<InboxEnd>>(
            async () =>
            {
                var ends = await Task.WhenAll(users.Select(user => _database.HashGetAsync(RedisKeys.Meta(user), ["seq", "epoch"])));
                return [.. ends.Select(end => new InboxEnd((long)end[0], (string?)end[1]))];
            },
            cancellationToken);

    public Task NoteMissedAsync(NodeIncarnation node, IReadOnlyList<UserId> users, CancellationToken cancellationToken) =>
        AskAsync(
            () => _database.ScriptEvaluateAsync(RedisScripts.NoteMissed, [RedisKeys.Missed(node)], [.. users.Select(user => (RedisValue)RedisKeys.Encode(user.Value))]),
            cancellationToken);

    public Task<IReadOnlyList<UserId>> TakeMissedAsync(NodeIncarnation self, int limit, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<UserId>>(
            async () => [.. (await _database.SetPopAsync(RedisKeys.Missed(self), limit)).Select(user => new UserId(RedisKeys.Decode(user.ToString())))],
            cancellationToken);

    private static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken, [CallerMemberName] string verb = "") =>
        RedisCall.AskAsync(ask, (text, inner) => new InboxUnavailableException(text, inner), verb, cancellationToken);

    private static string NewEpoch() => Guid.NewGuid().ToString("N");

    private static IEnumerable<RedisKey> IdsOf(UserId user) => Enumerable.Range(0, RedisKeys.Days).Select(day => RedisKeys.Ids(user, day));

    /// <summary>Messages that are kept together where they can be: not where each has an event, nor where one is there twice.</summary>
    private IReadOnlyList<ArraySegment<Envelope>> Split(IReadOnlyList<Envelope> envelopes) =>
        envelopes.Count == 1 || _hooks.Wants(HookTypes.MessageStored) || HasOneTwice(envelopes)
            ? Apart(envelopes)
            : [.. MessageRow.Split(envelopes as Envelope[] ?? [.. envelopes])];

    /// <summary>By the senders' own ids alone: messages of several senders seldom come together.</summary>
    private static bool HasOneTwice(IReadOnlyList<Envelope> envelopes)
    {
        var seen = new HashSet<string>(envelopes.Count);
        return envelopes.Any(envelope => envelope.ClientId is { } own && !seen.Add(own));
    }

    private static IReadOnlyList<ArraySegment<Envelope>> Apart(IReadOnlyList<Envelope> envelopes) => [.. envelopes.Select(envelope => new ArraySegment<Envelope>([envelope]))];

    private Task<RedisResult> AppendAsync(UserId user, IReadOnlyList<ArraySegment<Envelope>> entries)
    {
        var (keys, arguments) = WriteAppend(user, entries);
        return RedisHookNotes.EnsureAsync(_database, HookOwner.Of(user), isNoted => RedisVisits.EnsureAsync(_database, user, claim =>
        {
            (arguments[5], arguments[6], arguments[8]) = (claim.Registered, claim.Visits, isNoted);
            return _database.ScriptEvaluateAsync(RedisScripts.Append, keys, arguments);
        }));
    }

    private (RedisKey[] Keys, RedisValue[] Arguments) WriteAppend(UserId user, IReadOnlyList<ArraySegment<Envelope>> entries)
    {
        var arguments = new List<RedisValue>(16 + entries.Sum(entry => 24 + (2 * entry.Count)));
        arguments.AddRange(limits.Messages, limits.Bytes, NewEpoch(), (long)limits.Retention.TotalMilliseconds, (long)limits.VisitPeriod.TotalMilliseconds, 0, 0, _hooks.Argument, false);
        foreach (var entry in entries)
        {
            StoredEnvelope.WriteEntry(entry, arguments);
        }

        RedisKey[] keys =
        [
            RedisKeys.Meta(user), RedisKeys.Inbox(user), RedisKeys.Sessions(user), RedisKeys.Due(user), RedisKeys.Senders(user), RedisKeys.Owed(user),
            .. IdsOf(user),
        ];
        if (!_hooks.IsNone)
        {
            keys = [.. keys, RedisKeys.Presence(user), RedisKeys.Events(HookOwner.Of(user)), RedisKeys.Hook(HookOwner.Of(user))];
        }

        return (keys, [.. arguments]);
    }

    private static List<Placement> ReadPlacements(RedisResult answer, IReadOnlyList<ArraySegment<Envelope>> entries)
    {
        const int Leading = 3;
        var storedAt = (long)answer[2];
        var placements = new List<Placement>(entries.Sum(entry => entry.Count));
        for (var index = 0; index < entries.Count; index++)
        {
            var (entry, placed) = (entries[index], answer[Leading + index]);
            if (placed.Resp2Type == ResultType.Integer)
            {
                var seq = (long)placed - entry.Count;
                foreach (var envelope in entry)
                {
                    placements.Add(new Placement(PlacementKind.Stored, envelope.Id, ++seq, storedAt));
                }
            }
            else
            {
                placements.Add(new Placement((PlacementKind)(int)placed[0], new MessageId(placed[1].ToString()), (long)placed[2], (long)placed[3]));
            }
        }

        return placements;
    }
}
