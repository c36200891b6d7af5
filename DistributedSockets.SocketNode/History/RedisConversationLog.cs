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
                RedisScripts.LogEnter, RedisKeys.LogOf(new Conversation(sender, recipient)).Log, [NewEpoch(), .. Kept, recipient.Value, life, .. messages.SelectMany(Write)]),
            cancellationToken);

    private static RedisValue[] Write(SentMessage sent)
    {
        var message = sent.Message;
        return
        [
            sent.Number, message.Id.Value, message.From.Value, RedisKeys.DeviceField(message.SentBy ?? DeviceId.Plain), message.TtlSeconds * 1000L, message.Body, message.ContentType ?? "",
            message.ClientId!, message.SentAt,
        ];
    }
}
