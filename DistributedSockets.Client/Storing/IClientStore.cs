namespace DistributedSockets.Client.Storing;

/// <summary>
/// Keeps what a client must not lose when its program ends. The client calls one method at a time, the first of them <see cref="LoadAsync"/>.
/// A file is there (<see cref="FileClientStore"/>); in a browser use its storage.
/// </summary>
/// <example><code>
/// IClientStore store = new FileClientStore("alice.store");
/// await using var alice = new DistributedSocketsClient(new ClientOptions { User = "alice", Store = store, Nodes = { new("http://localhost:8081") } });
/// </code></example>
public interface IClientStore
{
    /// <summary>Gives what was kept.</summary>
    /// <param name="cancellationToken">Never cancelled by the client.</param>
    /// <returns>The place, and the messages in the order in which they were added.</returns>
    ValueTask<StoredClient> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Keeps a message that is to be sent. Where it fails, so does sending.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Nobody wants the message sent any more.</param>
    /// <returns>Completes when it is kept: only then is it sent.</returns>
    ValueTask AddAsync(StoredMessage message, CancellationToken cancellationToken);

    /// <summary>Forgets a message: it is acknowledged, or need not be sent any more. A failure is logged; the message is sent once more then, and stored once.</summary>
    /// <param name="id">Its <see cref="StoredMessage.Id"/>; nothing happens where there is none.</param>
    /// <param name="cancellationToken">Never cancelled by the client.</param>
    ValueTask RemoveAsync(string id, CancellationToken cancellationToken);

    /// <summary>Keeps where the device stands. A failure is logged: losing the last of these costs messages that are received twice, not lost ones.</summary>
    /// <param name="place">The place; takes the place of the one before.</param>
    /// <param name="cancellationToken">Never cancelled by the client.</param>
    ValueTask SaveAsync(StoredPlace place, CancellationToken cancellationToken);
}

/// <summary>What a store holds.</summary>
/// <param name="Place">Where the device stands; null if it was never connected.</param>
/// <param name="Messages">What is to be sent, in order.</param>
public sealed record StoredClient(StoredPlace? Place, IReadOnlyList<StoredMessage> Messages);

/// <summary>Where a device stands.</summary>
/// <param name="Device">The device.</param>
/// <param name="Resume">The token of its last welcome.</param>
/// <param name="Epoch">What <paramref name="Seq"/> counts in.</param>
/// <param name="Seq">The last message of the inbox that the application was done with; 0 for none.</param>
/// <param name="Mid">The id of that message, where it is known.</param>
public sealed record StoredPlace(string Device, string? Resume, string? Epoch, long Seq, string? Mid);

/// <summary>A message that is to be sent.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Target">The name of the user or the room it is for.</param>
/// <param name="IsRoom">Whether that is a room.</param>
/// <param name="Frame">What goes over the wire: UTF-8 JSON.</param>
public sealed record StoredMessage(string Id, string Target, bool IsRoom, byte[] Frame);
