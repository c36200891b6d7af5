// Logs of conversations in Redis.
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Rooms;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.History;

/// <summary>Logs of conversations in Redis: how what lies in an inbox gets there.</summary>
internal sealed class RedisConversationLog(IConnectionMultiplexer redis, ConversationLimits limits)
    : RedisMessageLog<Conversation>(redis, limits, RedisKeys.LogOf, (text, inner) => new InboxUnavailableException(text, inner)), IConversationLog
{
    public Task EnterAsync(UserId sender, UserId recipient, string life, IReadOnlyList<SentMessage> messages, CancellationToken cancellationToken) =>
        AskAsync(
            () => Database.ScriptEvaluateAsync(
                RedisScripts.LogEnter, RedisKeys.LogOf(new Conversation(sender, recipient)).Log, [NewEpoch(), .. Kept, recipient.Value, life, .. Write(messages)]),
            cancellationToken);

    /// <summary>What has one number and one time may make up rows.</summary>
    private static IEnumerable<RedisValue> Write(IReadOnlyList<SentMessage> messages)
    {
        for (var (start, end) = (0, 0); start < messages.Count; start = end)
        {
            var (number, at) = (messages[start].Number, messages[start].Message.SentAt);
            while (end < messages.Count && messages[end].Number == number && messages[end].Message.SentAt == at)
            {
                end++;
            }

            foreach (var value in MessageRow.Split([.. messages.Skip(start).Take(end - start).Select(sent => sent.Message)]).SelectMany(row => Write(number, row)))
            {
                yield return value;
            }
        }
    }

    private static RedisValue[] Write(long number, ArraySegment<Envelope> row)
    {
        var message = row[0];
        var device = RedisKeys.DeviceField(message.SentBy ?? DeviceId.Plain);
        return row.Count > 1
            ? [number, row.Count, MessageRow.WriteIndex(row, device), MessageRow.Write(row)]
            :
            [
                number, row.Count, message.Id.Value, message.From.Value, device, message.TtlSeconds * 1000L, message.Body, message.ContentType ?? "", message.ClientId!, message.SentAt,
            ];
    }
}
