// One connection's acknowledgements in rooms on their way to the store.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>Acknowledges what a device says that it has of its rooms. One round of calls at a time; what comes meanwhile goes with the next.</summary>
internal sealed partial class RoomAcknowledger(IMembership membership, UserId user, DeviceId device, ILogger logger)
{
    private readonly Lock _gate = new();
    private Dictionary<RoomId, LogEnd> _waiting = [];
    private bool _isRunning;

    /// <summary>The round that is under way or has ended last, for the connection to await when it closes.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    public void Acknowledge(RoomId room, LogEnd place)
    {
        lock (_gate)
        {
            _waiting[room] = place;
            if (!_isRunning)
            {
                _isRunning = true;
                Running = AcknowledgeAsync();
            }
        }
    }

    private async Task AcknowledgeAsync()
    {
        while (TryTake(out var places))
        {
            try
            {
                await Task.WhenAll(places.Select(place => membership.AcknowledgeAsync(user, device, place.Key, place.Value, CancellationToken.None)));
            }
            catch (Exception exception)
            {
                // Also a defect. The next one covers it; without a next one the messages are sent again.
                LogNotAcknowledged(exception, places.Count);
            }
        }
    }

    private bool TryTake(out Dictionary<RoomId, LogEnd> places)
    {
        lock (_gate)
        {
            (places, _waiting) = (_waiting, []);
            _isRunning = places.Count > 0;
            return _isRunning;
        }
    }

    [LoggerMessage(9020, LogLevel.Warning, "Messages of {Rooms} rooms could not be acknowledged; they may be delivered again")]
    private partial void LogNotAcknowledged(Exception exception, int rooms);
}
