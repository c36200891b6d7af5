// The open panes of a visit.
using DistributedSockets.Web.Chat.Clients;
using DistributedSockets.Web.Chat.Journeys;

namespace DistributedSockets.Web.Chat;

/// <summary>The open panes of a visit. They stay connected while one looks at another page, such as to kill a node there.</summary>
internal sealed class PaneBook(ChatClients clients, JourneyBook journeys, TimeProvider time) : IAsyncDisposable
{
    private readonly List<ChatSession> _panes = [];

    public IReadOnlyList<ChatSession> Panes => _panes;

    /// <summary>Nobody has seen the chat on this visit.</summary>
    public bool IsNew { get; private set; } = true;

    /// <param name="node">Where it connects first; anywhere if null.</param>
    /// <param name="peer">Whom it talks to at first; nobody if null.</param>
    /// <param name="dispatch">Runs something on the page's thread of work.</param>
    public void Open(string user, string? node, string? peer, Func<Action, Task> dispatch)
    {
        IsNew = false;
        var pane = new ChatSession(user, node, clients, journeys, dispatch, time);
        _panes.Add(pane);
        if (peer is not null)
        {
            _ = pane.OpenAsync(peer);
        }

        _ = pane.GoOnlineAsync();
    }

    public async Task CloseAsync(ChatSession pane)
    {
        _panes.Remove(pane);
        await pane.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pane in _panes)
        {
            await pane.DisposeAsync();
        }
    }
}
