// The device that a pane is: what it keeps while its client is stopped.
using DistributedSockets.Client.Storing;

namespace DistributedSockets.Web.Chat.Clients;

/// <summary>A pane's device. Its outbox and its place in the inbox are kept for as long as the pane is open.</summary>
internal sealed class PaneDevice(TimeProvider time) : IClientStore
{
    private readonly List<StoredMessage> _messages = [];
    private StoredPlace? _place;

    /// <summary>One that no other pane has, in whatever browser: a second connection of a device ends the first.</summary>
    public string Name { get; } = $"page-{Guid.NewGuid().ToString("N")[..8]}";

    public PaneNetwork Network { get; } = new(time);

    public ValueTask<StoredClient> LoadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new StoredClient(_place, [.. _messages]));

    public ValueTask AddAsync(StoredMessage message, CancellationToken cancellationToken)
    {
        _messages.Add(message);
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(string id, CancellationToken cancellationToken)
    {
        _messages.RemoveAll(message => message.Id == id);
        return ValueTask.CompletedTask;
    }

    public ValueTask SaveAsync(StoredPlace place, CancellationToken cancellationToken)
    {
        _place = place;
        return ValueTask.CompletedTask;
    }
}
