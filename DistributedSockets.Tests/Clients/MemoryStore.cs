// A client's store that lives as long as the test.
using DistributedSockets.Client.Storing;

namespace DistributedSockets.Tests.Clients;

internal sealed class MemoryStore : IClientStore
{
    private readonly List<StoredMessage> _messages = [];
    private StoredPlace? _place;

    /// <summary>What loading fails with; null for nothing.</summary>
    public Exception? Failure { get; init; }

    public ValueTask<StoredClient> LoadAsync(CancellationToken cancellationToken) => Failure is { } failure ? ValueTask.FromException<StoredClient>(failure) : ValueTask.FromResult(new StoredClient(_place, [.. _messages]));

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
