// A user at a pane: the client over its stops and starts, and the conversations.
using DistributedSockets.Client;
using DistributedSockets.Web.Chat.Clients;
using DistributedSockets.Web.Chat.Journeys;

namespace DistributedSockets.Web.Chat;

/// <summary>
/// A user at a pane. All of it runs on the page's own thread of work, one step at a time: what the client tells on its own threads is posted there.
/// </summary>
public sealed partial class ChatSession : IAsyncDisposable
{
    private readonly ChatClients _clients;
    private readonly JourneyBook _journeys;
    private readonly Func<Action, Task> _post;
    private readonly PaneDevice _device;
    private readonly string? _node;
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Conversation> _conversations = [];
    private DistributedSocketsClient? _client;
    private bool _wasConnected;

    /// <param name="node">Where it connects first; anywhere if null.</param>
    /// <param name="post">Runs something on the page's thread of work, and shows what has changed.</param>
    internal ChatSession(string user, string? node, ChatClients clients, JourneyBook journeys, Func<Action, Task> post, TimeProvider time)
    {
        User = user;
        _node = node;
        _clients = clients;
        _journeys = journeys;
        _post = post;
        Time = time;
        _device = new PaneDevice(time);
    }

    public string User { get; }

    public SessionState State { get; private set; } = SessionState.Offline;

    /// <summary>Why there is no connection; null where there is one, or nobody wants one.</summary>
    public string? Reason { get; private set; }

    /// <summary>The node of the connection, or of the last one.</summary>
    public string? Node { get; private set; }

    /// <summary>Whether this connection goes on where an earlier one has ended.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>How many messages had come meanwhile.</summary>
    public int CaughtUp { get; private set; }

    /// <summary>What went wrong, for the person at the pane.</summary>
    public string? Problem { get; set; }

    public IReadOnlyList<Conversation> Conversations => _conversations;

    /// <summary>The conversation that one sees.</summary>
    public Conversation? Selected { get; private set; }

    /// <summary>Whether anybody looks at the page; what is seen is marked as read.</summary>
    public bool IsWatched { get; private set; } = true;

    private TimeProvider Time { get; }

    public async Task GoOnlineAsync()
    {
        if (_client is not null && State != SessionState.Closed)
        {
            return;
        }

        (State, Reason) = (SessionState.Connecting, null);
        var client = await _clients.CreateAsync(User, _node, _device, _ending.Token);
        _client = client;
        Listen(client);
        try
        {
            await client.ConnectAsync(_ending.Token);
        }
        catch (Exception exception) when (exception is ClientException or OperationCanceledException)
        {
            // Told by StateChanged, or nobody looks any more.
        }
    }

    public async Task GoOfflineAsync()
    {
        if (_client is { } client)
        {
            _client = null;
            (State, Reason, IsResumed) = (SessionState.Offline, null, false);
            ForgetOthers();
            await client.CloseAsync();
        }
    }

    /// <summary>The connection is cut, and for some seconds there is no way to any node. The client does the rest.</summary>
    public void DropNetwork()
    {
        _device.Network.Drop();
        _client?.CutConnection();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        if (Interlocked.Exchange(ref _client, null) is { } client)
        {
            await client.CloseAsync();
        }

        _ending.Dispose();
    }

    private void TakeState(StateChange change)
    {
        State = change.State switch
        {
            ClientState.Connecting => SessionState.Connecting,
            ClientState.Connected => SessionState.Connected,
            ClientState.Recovering => SessionState.Recovering,
            _ => SessionState.Closed,
        };
        Reason = State == SessionState.Connected ? null : change.Reason?.Reason;
        if (State == SessionState.Connected)
        {
            Node = _clients.NameOf(_client?.Node);
            (IsResumed, CaughtUp, _wasConnected) = (_wasConnected, 0, true);
            _ = QuietlyAsync(CatchUpAsync());
        }
        else
        {
            ForgetOthers();
        }
    }

    /// <summary>What a new connection has to be told, or has to ask.</summary>
    private async Task CatchUpAsync()
    {
        await WatchAsync([.. _conversations.Where(known => !known.IsRoom).Select(known => known.Name)]);
        if (Selected is { } seen)
        {
            See(seen);
            await LoadAsync(seen);
        }
    }

    /// <summary>Without a connection nobody knows how the others are.</summary>
    private void ForgetOthers()
    {
        foreach (var conversation in _conversations)
        {
            conversation.Typists.Clear();
            conversation.IsOnline = null;
        }
    }

    /// <summary>What nobody waits for: a refusal is shown, an end of the client is told by its state.</summary>
    private async Task QuietlyAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (ClientException exception) when (exception.Code != ClientException.Closed)
        {
            await _post(() => Problem = exception.Message);
        }
        catch (Exception exception) when (exception is ClientException or OperationCanceledException)
        {
            // Told by StateChanged, or nobody looks any more.
        }
    }
}
