// What the person at the pane does.
using DistributedSockets.Client;

namespace DistributedSockets.Web.Chat;

public sealed partial class ChatSession
{
    /// <summary>The room that every connection is in, and that only a back end writes to.</summary>
    public const string Everyone = "ds.all";

    /// <summary>Opens a conversation, which in case of a room means to join it.</summary>
    public async Task OpenAsync(Target target)
    {
        if (target.IsRoom && target.Name != Everyone && Find(target) is not { IsMember: true })
        {
            if (_client is not { } client)
            {
                Problem = "Go online to join a room.";
                return;
            }

            try
            {
                await client.JoinAsync(target.Name, cancellationToken: _ending.Token);
            }
            catch (ClientException exception)
            {
                Problem = $"The room {target.Name} could not be joined: {exception.Message}";
                return;
            }
        }

        var conversation = Get(target);
        Select(conversation);
        await QuietlyAsync(LoadAsync(conversation));
    }

    public void Select(Conversation conversation)
    {
        Selected = conversation;
        See(conversation);
        _ = QuietlyAsync(CountAsync(conversation));
        if (conversation.History is HistoryState.NotLoaded)
        {
            _ = QuietlyAsync(LoadAsync(conversation));
        }
    }

    /// <summary>Somebody looks at the page, or has stopped.</summary>
    public void Watch(bool isWatched)
    {
        IsWatched = isWatched;
        if (isWatched && Selected is { } seen)
        {
            See(seen);
        }
    }

    /// <summary>Sends it, now or when there is a connection again.</summary>
    public void Send(Conversation conversation, string text)
    {
        var line = new ChatLine(User, isOwn: true, Time.GetUtcNow()) { Id = Guid.CreateVersion7().ToString("N") }.Say(text);
        conversation.Add(line);
        if (_client is { } client)
        {
            _ = DeliverAsync(client, conversation, line);
        }
        else
        {
            line.Refuse("The pane is offline.");
        }
    }

    public Task EditAsync(Conversation conversation, ChatLine line, string text) => ChangeAsync(async client =>
    {
        await client.EditAsync(conversation.Target, line.Mid!, text, cancellationToken: _ending.Token);
        line.Edit(text);
    });

    public Task DeleteAsync(Conversation conversation, ChatLine line) => ChangeAsync(async client =>
    {
        await client.DeleteAsync(conversation.Target, line.Mid!, cancellationToken: _ending.Token);
        line.Delete();
    });

    public void SetTyping(Conversation conversation, bool isOn) => _client?.SetTyping(conversation.Target, isOn);

    public Task LeaveAsync(Conversation room) => ChangeAsync(async client =>
    {
        await client.LeaveAsync(room.Name, _ending.Token);
        room.IsMember = false;
    });

    /// <summary>Loads what was said before the oldest message that is shown.</summary>
    public Task LoadEarlierAsync(Conversation conversation) => ChangeAsync(client => LoadPageAsync(client, conversation, conversation.Earlier));

    private async Task DeliverAsync(DistributedSocketsClient client, Conversation conversation, ChatLine line)
    {
        try
        {
            // What becomes of it is told by Acknowledged, also when it waits for the next client of this pane.
            await client.SendAsync(conversation.Target, line.Text, new SendOptions { Id = line.Id, Trace = !conversation.IsRoom }, _ending.Token);
        }
        catch (ClientException exception) when (exception.Code != ClientException.Closed)
        {
            await PostAsync(() => line.Refuse(exception.Message));
        }
        catch (Exception exception) when (exception is ClientException or OperationCanceledException)
        {
            // The pane is offline, and keeps it.
        }
    }

    private async Task ChangeAsync(Func<DistributedSocketsClient, Task> change)
    {
        if (_client is not { } client)
        {
            Problem = "Go online first.";
            return;
        }

        try
        {
            await change(client);
        }
        catch (ClientException exception)
        {
            Problem = exception.Message;
        }
        catch (OperationCanceledException)
        {
            // Nobody looks any more.
        }
    }

    private Task LoadAsync(Conversation conversation)
    {
        if (_client is not { } client || conversation.History is HistoryState.Loading or HistoryState.Loaded)
        {
            return Task.CompletedTask;
        }

        return LoadPageAsync(client, conversation, before: null);
    }

    private async Task LoadPageAsync(DistributedSocketsClient client, Conversation conversation, long? before)
    {
        conversation.History = HistoryState.Loading;
        try
        {
            var page = await client.GetHistoryAsync(conversation.Target, new HistoryQuery { Before = before }, _ending.Token);
            await PostAsync(() => TakePage(conversation, page));
        }
        catch (Exception)
        {
            conversation.History = HistoryState.Failed;
            throw;
        }
    }

    private void TakePage(Conversation conversation, HistoryPage page)
    {
        foreach (var entry in page.Messages.Where(entry => conversation.Find(entry.Mid) is null && conversation.FindOwn(entry.From == User ? entry.Id : null) is null))
        {
            var line = new ChatLine(entry.From, entry.From == User, entry.At) { Id = entry.Id }.Say(entry.Body);
            if (entry.Edited is not null)
            {
                line.Edit(entry.Body);
            }

            if (entry.Deleted is not null)
            {
                line.Delete();
            }

            conversation.Add(line.Place(entry.Mid, entry.At));
        }

        conversation.Earlier = page is { HasMore: true, Messages.Count: > 0 } ? page.Messages[0].Seq : null;
        conversation.History = HistoryState.Loaded;
    }

    /// <summary>How many members a room has now.</summary>
    private async Task CountAsync(Conversation conversation)
    {
        if (_client is { } client && conversation is { IsRoom: true, IsMember: true, Name: not Everyone })
        {
            var page = await client.GetMembersAsync(conversation.Name, cancellationToken: _ending.Token);
            await PostAsync(() => conversation.Members = page.Count);
        }
    }

    private async Task WatchAsync(IReadOnlyCollection<string> users)
    {
        if (_client is { } client && users.Count > 0)
        {
            var all = await client.WatchAsync(users, _ending.Token);
            await PostAsync(() =>
            {
                foreach (var presence in all)
                {
                    TakePresence(presence);
                }
            });
        }
    }

    /// <summary>What is seen was read.</summary>
    private void See(Conversation conversation)
    {
        if (IsWatched && State == SessionState.Connected && conversation.MarkSeen() is { } last)
        {
            _client?.MarkRead(last);
        }
    }

    private Conversation? Find(Target target) => _conversations.Find(known => known.Target == target);

    private Conversation Get(Target target)
    {
        if (Find(target) is not { } conversation)
        {
            conversation = new Conversation(target);
            _conversations.Add(conversation);
            if (!target.IsRoom && State == SessionState.Connected)
            {
                _ = QuietlyAsync(WatchAsync([target.Name]));
            }
        }

        return conversation;
    }
}
