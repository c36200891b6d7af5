namespace DistributedSockets.Client.Storing;

/// <summary>
/// Keeps what a client must not lose when its program ends. Calls come one at a time.
/// A file is there (<see cref="FileClientStore"/>); in a browser use its storage.
/// </summary>
public interface IClientStore
{
    /// <summary>What was kept.</summary>
    ValueTask<StoredClient> LoadAsync(CancellationToken cancellationToken);

    /// <summary>A message is to be sent: kept when this has completed.</summary>
    ValueTask AddAsync(StoredMessage message, CancellationToken cancellationToken);

    /// <summary>A message is acknowledged, or need not be sent any more.</summary>
    ValueTask RemoveAsync(string id, CancellationToken cancellationToken);

    /// <summary>Where the device stands. Losing the last of these costs repeated messages, not lost ones.</summary>
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
/// <param name="Frame">What goes over the wire.</param>
public sealed record StoredMessage(string Id, string Target, bool IsRoom, byte[] Frame);
