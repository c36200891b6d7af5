// The conversation behind a pane. Everything here runs on the page's own thread of work, one step at a time.
using System.Globalization;
using System.Net.WebSockets;
using DistributedSockets.Web.Cluster;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistributedSockets.Web.Chat;

public sealed partial class ChatPane : IAsyncDisposable
{
    private const int HistoryLength = 500;

    // Twice this in any script fits into one message of the page to the server (Program.cs).
    private const int MaxDraft = 20_000;

    private readonly ChatHistory _history = new(HistoryLength);
    private readonly CancellationTokenSource _leaving = new();
    private MudTextField<string>? _userField;
    private MudTextField<string> _draftField = null!;
    private ConnectionState _state;
    private ChatConnection? _connection;
    private Task _conversation = Task.CompletedTask;
    private string _user = "";
    private string _node = "";
    private string _to = "";
    private string _draft = "";
    private string? _problem;
    private bool _sending;
    private bool _focusDraft;
    private bool _focusUser;

    private enum ConnectionState
    {
        Disconnected,
        Connecting,
        Connected,
        Closing,
    }

    [Parameter, EditorRequired] public string InitialUser { get; set; } = "";

    [Parameter, EditorRequired] public string InitialNode { get; set; } = "";

    [Parameter, EditorRequired] public string InitialPeer { get; set; } = "";

    [Parameter, EditorRequired] public TimeSpan UtcOffset { get; set; }

    [Parameter, EditorRequired] public EventCallback OnRemove { get; set; }

    [Inject] private NodeDirectory Directory { get; set; } = null!;

    [Inject] private ChatConnector Connector { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    private bool Busy => _state is ConnectionState.Connecting or ConnectionState.Closing;

    private bool NotConnected => _state != ConnectionState.Connected;

    private string Initial => _user.Length > 0 ? StringInfo.GetNextTextElement(_user).ToUpperInvariant() : "?";

    private string StateText => _state switch
    {
        ConnectionState.Disconnected => "not connected",
        ConnectionState.Connecting => $"connecting to {_node}",
        ConnectionState.Connected => $"connected to {_node}",
        _ => $"leaving {_node}",
    };

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        if (_connection is not null)
        {
            await _connection.CloseAsync();
        }

        await _conversation;
        _leaving.Dispose();
    }

    protected override void OnInitialized() => (_user, _node, _to) = (InitialUser, InitialNode, InitialPeer);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focusDraft)
        {
            _focusDraft = false;
            await _draftField.FocusAsync();
        }
        else if (_focusUser && _userField is not null)
        {
            _focusUser = false;
            await _userField.FocusAsync();
        }
    }

    private async Task ConnectAsync()
    {
        if (_state != ConnectionState.Disconnected || Directory.Find(_node) is not { } node)
        {
            return;
        }

        if (_user.Length == 0)
        {
            (_problem, _focusUser) = ("Who is it? Enter a user name.", true);
            return;
        }

        (_state, _problem) = (ConnectionState.Connecting, null);
        try
        {
            var connection = await Connector.ConnectAsync(_user, node, _leaving.Token);
            if (_leaving.IsCancellationRequested)
            {
                // The pane was removed in the moment in which the node answered: nobody else would close this.
                await connection.DisposeAsync();
                return;
            }

            // Awaited here too, so that a fault in it reaches the page instead of leaving a pane that only looks connected.
            _conversation = ConverseAsync(connection);
            await _conversation;
        }
        catch (ChatConnectException exception)
        {
            (_state, _problem, _focusUser) = (ConnectionState.Disconnected, exception.Message, true);
        }
        catch (OperationCanceledException)
        {
            // The pane was removed meanwhile.
        }
    }

    private async Task ConverseAsync(ChatConnection connection)
    {
        await using (connection)
        {
            (_connection, _state, _focusDraft) = (connection, ConnectionState.Connected, true);
            Add(ChatMessageKind.Notice, peer: "", $"{_user} connected to {_node}", isJson: false);
            StateHasChanged();
            await foreach (var frame in connection.ReadAllAsync())
            {
                Add(ChatMessageKind.Received, frame.From, frame.BodyText, isJson: !frame.HasText);

                // Whoever writes first is whom one wants to answer.
                _to = _to.Length == 0 ? frame.From : _to;
                StateHasChanged();
            }
        }

        (_connection, _state, _problem) = (null, ConnectionState.Disconnected, connection.Ending);
        Add(ChatMessageKind.Notice, peer: "", $"{_user} disconnected from {_node}", isJson: false);
        StateHasChanged();
    }

    private async Task SendAsync()
    {
        if (_connection is not { } connection || _sending || _draft.Length == 0)
        {
            return;
        }

        if (_to.Length == 0)
        {
            _problem = "To whom? Enter a user name beside the message.";
            return;
        }

        // Emptied before the wait, so that what is typed meanwhile is not lost.
        var (to, text) = (_to, _draft);
        (_draft, _sending, _problem) = ("", true, null);
        try
        {
            await connection.SendAsync(to, text, _leaving.Token);
            Add(ChatMessageKind.Sent, to, text, isJson: false);
        }
        catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException)
        {
            _draft = text;
            _problem ??= "Not sent: the connection is gone. Connect again.";
        }
        catch (OperationCanceledException)
        {
            // The pane was removed meanwhile.
        }

        (_sending, _focusDraft) = (false, true);
    }

    private async Task DisconnectAsync()
    {
        if (_connection is { } connection)
        {
            _state = ConnectionState.Closing;
            await connection.CloseAsync();
            await _conversation;
            _focusUser = true;
        }
    }

    private void Add(ChatMessageKind kind, string peer, string text, bool isJson) =>
        _history.Add(new ChatMessage(kind, peer, text, isJson, _node, Time.GetUtcNow()));
}
