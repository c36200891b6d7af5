// Inboxes in Redis: where devices are in them.
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Redis;

namespace DistributedSockets.SocketNode.Inbox;

internal sealed partial class RedisInbox
{
    /// <summary>How many entries one acknowledgement looks at, and not many more than four times as many messages: nobody else is served meanwhile.</summary>
    private const int Piece = 64;

    public Task<InboxStart> BeginAsync(UserId user, DeviceId device, ResumeClaim claim, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var answer = await _database.ScriptEvaluateAsync(
                    RedisScripts.BeginDevice,
                    [RedisKeys.Meta(user), RedisKeys.Inbox(user), RedisKeys.Cursors(user), RedisKeys.Resume(user)],
                    [
                        RedisKeys.DeviceField(device), limits.Devices, NewEpoch(),
                        claim.Epoch ?? "", claim.Ack?.ToString(CultureInfo.InvariantCulture) ?? "", claim.Id ?? "",
                        claim.Token is null ? "" : EnvelopeHash.OfToken(claim.Token), EnvelopeHash.OfToken(claim.NewToken),
                        (long)InboxLimits.TokenLife.TotalMilliseconds, (long)InboxLimits.TokenOverlap.TotalMilliseconds,
                    ]);
                var (reason, gap) = ((int)answer[3], (From: (long)answer[4], To: (long)answer[5]));
                return new InboxStart(
                    (long)answer[0], (long)answer[1], answer[2].ToString(), reason < 0 ? null : (ResumeFailure)reason, gap.To == 0 ? null : gap, (bool)answer[6]);
            },
            cancellationToken);

    public Task<InboxEnd> ReadCursorAsync(UserId user, DeviceId device, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                var cursor = _database.HashGetAsync(RedisKeys.Cursors(user), RedisKeys.DeviceField(device));
                var meta = await _database.HashGetAsync(RedisKeys.Meta(user), ["seq", "delivered", "epoch"]);
                var stored = await cursor;

                // A cursor beyond the end is from before somebody took messages away by hand: there is nothing between it and the end.
                return new InboxEnd(stored.IsNull ? (long)meta[1] : Math.Min(ReadCursor(stored.ToString()), (long)meta[0]), meta[2]);
            },
            cancellationToken);

    public Task<string> RenewEpochAsync(UserId user, string epoch, CancellationToken cancellationToken) =>
        AskAsync(
            async () => (await _database.ScriptEvaluateAsync(RedisScripts.RenewEpoch, [RedisKeys.Meta(user)], [epoch, NewEpoch()])).ToString(),
            cancellationToken);

    public Task<OwedPage?> AcknowledgeAsync(UserId user, DeviceId device, string? epoch, long seq, long storedAt, CancellationToken cancellationToken) =>
        AskAsync<OwedPage?>(
            async () =>
            {
                while (true)
                {
                    var answer = await _database.ScriptEvaluateAsync(
                        RedisScripts.Acknowledge,
                        [
                            RedisKeys.Meta(user), RedisKeys.Inbox(user), RedisKeys.Cursors(user), RedisKeys.Resume(user), RedisKeys.Due(user), RedisKeys.Owed(user),
                            RedisKeys.Senders(user),
                        ],
                        [RedisKeys.DeviceField(device), seq, limits.Devices, InboxLimits.KeptBelowDelivered, Piece, epoch ?? "", InboxLimits.MessagesPerReceipt, OwedPage.Size, storedAt]);
                    if (!answer.IsNull)
                    {
                        return answer.Length == 0 ? null : OwedEntry.ReadPage(answer[0], answer[1], OwedPage.Size);
                    }
                }
            },
            cancellationToken);

    /// <summary>Reads <c>42 1764000012345678</c>, as shared.lua wrote it.</summary>
    private static long ReadCursor(string cursor) =>
        long.Parse(cursor.AsSpan(0, cursor.IndexOf(' ')), NumberStyles.None, CultureInfo.InvariantCulture);
}
