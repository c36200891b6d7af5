// What the client tells.
using DistributedSockets.Client;

namespace DistributedSockets.Web.Chat;

public sealed partial class ChatSession
{
    private void Listen(DistributedSocketsClient client)
    {
        client.StateChanged += change => Post(client, () => TakeState(change));
        client.Acknowledged += sent => Post(client, () => TakeAcknowledgement(sent));
        client.ReceiptReceived += receipt => Post(client, () => TakeReceipt(receipt));
        client.RoomChanged += change => Post(client, () => TakeRoom(change));
        client.RoomRead += read => Post(client, () => Find(Target.Room(read.Room))?.MarkSeen());
        client.TypingChanged += typing => Post(client, () => TakeTyping(typing));
        client.PresenceChanged += presence => Post(client, () => TakePresence(presence));
        client.GapFound += gap => Post(client, () => TakeGap(gap));
        client.Refused += refusal => Post(client, () => Problem = refusal.Message);
        client.TraceReceived += hop => Post(client, () => _journeys.Add(hop with { Node = _clients.NameOf(hop.Node) }));

        // Acknowledged to the node when the page has it.
        client.MessageReceived += message => new ValueTask(PostAsync(() => Take(message)));
    }

    /// <summary>What comes late from a client that was stopped is nobody's business.</summary>
    private void Post(DistributedSocketsClient client, Action change) => _ = PostAsync(() =>
    {
        if (client == _client)
        {
            change();
        }
    });

    private void Take(Message message)
    {
        if (IsResumed && message.IsRedelivered)
        {
            CaughtUp++;
        }

        var conversation = Get(TargetOf(message));
        switch (message.Kind)
        {
            case MessageKind.Edit:
                conversation.Find(message.Of)?.Edit(message.Body);
                break;
            case MessageKind.Delete:
                conversation.Find(message.Of)?.Delete();
                break;
            default:
                TakeNew(conversation, message);
                break;
        }

        // An edit has a place in the inbox too, and is read like a message.
        if (message.From != User)
        {
            conversation.Typists.Remove(message.From);
            Notice(conversation, message);
        }
    }

    private void TakeNew(Conversation conversation, Message message)
    {
        var isOwn = message.From == User;
        if (conversation.Find(message.Mid) is null && (!isOwn || conversation.FindOwn(message.Id) is null))
        {
            // Nobody tells that others join a room; who speaks for the first time may be new.
            if (conversation.IsRoom && conversation.Lines.All(line => line.From != message.From))
            {
                _ = QuietlyAsync(CountAsync(conversation));
            }

            conversation.Add(new ChatLine(message.From, isOwn, message.At) { Id = message.Id }.Say(message.Body).Place(message.Mid, message.At));
        }
    }

    private void Notice(Conversation conversation, Message message)
    {
        if (conversation == Selected && IsWatched)
        {
            _client?.MarkRead(message);
        }
        else
        {
            conversation.MarkUnread(message);
        }
    }

    private void TakeAcknowledgement(SentMessage sent)
    {
        if (Find(sent.Target) is { } conversation && conversation.FindOwn(sent.Id) is { } line)
        {
            conversation.Settle(line, sent.Mid, sent.At);
            if (sent.Delivered.IsCompletedSuccessfully)
            {
                line.Reach(StateOf(sent.Delivered.Result.State));
            }
        }
    }

    private void TakeReceipt(Receipt receipt)
    {
        if (Find(receipt.Peer) is not { } conversation)
        {
            return;
        }

        foreach (var mid in receipt.Mids)
        {
            if (receipt.State == ReceiptState.Read)
            {
                conversation.ReadUpTo(mid);
            }
            else
            {
                conversation.Find(mid)?.Reach(StateOf(receipt.State));
            }
        }
    }

    private void TakeRoom(RoomChange change)
    {
        // Everyone is in the room of all, and most of the time nothing happens there: it shows when something does.
        if (change.Name == Everyone)
        {
            return;
        }

        var conversation = Get(Target.Room(change.Name));
        conversation.IsMember = change.Room is not null;
        conversation.Members = change.Room?.Count ?? conversation.Members;
    }

    private void TakeTyping(Typing typing)
    {
        if (Find(typing.Room is { } room ? Target.Room(room) : typing.From) is { } conversation)
        {
            conversation.Typists.Remove(typing.From);
            if (typing.IsOn)
            {
                conversation.Typists.Add(typing.From);
            }
        }
    }

    private void TakePresence(Presence presence)
    {
        if (Find(presence.User) is { } conversation)
        {
            (conversation.IsOnline, conversation.Since) = (presence.IsOnline, presence.Since);
        }
    }

    private void TakeGap(Gap gap) =>
        Problem = gap.Room is null ? "Messages to this user are missing: they were not kept for so long." : $"Messages of the room {gap.Room} are missing: they were not kept for so long.";

    private Target TargetOf(Message message) =>
        message.Room is { } room ? Target.Room(room)
        : message.From == User && message.To is { } peer ? peer
        : message.From;

    private static LineState StateOf(ReceiptState state) => state switch
    {
        ReceiptState.Delivered => LineState.Delivered,
        ReceiptState.Read => LineState.Read,
        ReceiptState.Expired => LineState.Expired,
        _ => LineState.Failed,
    };
}
