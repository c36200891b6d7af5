// How a user is, put together from all that is known of them.
using System.Text.Json;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Api;

/// <summary>Puts together how a user is. The parts are of almost the same moment, and not of one.</summary>
internal sealed class UserLook(IPresence presence, IConnectionRegistry registry, IInboxUpkeep upkeep, IMembership membership, NodeStatus status)
{
    /// <exception cref="RegistryUnavailableException">One of the stores does not answer; or another of their exceptions.</exception>
    public async Task<UserBody> ReadAsync(UserId user, CancellationToken cancellationToken)
    {
        var located = registry.LocateAsync(user, cancellationToken);
        var seen = presence.ReadDevicesAsync(user, cancellationToken);
        var depth = upkeep.ReadDepthAsync(user, cancellationToken);
        var rooms = membership.ReadRoomsAsync(user, device: null, cancellationToken);
        var state = presence.ReadAsync(user, cancellationToken);
        await Task.WhenAll(located, seen, depth, rooms, state);
        return ToBody(await state, [.. (await located).Where(session => status.Nodes.Counts(session.Node))], await seen, await depth, await rooms);
    }

    private static UserBody ToBody(
        PresenceState state, List<Session> sessions, IReadOnlyDictionary<DeviceId, long> seen, InboxDepth depth, IReadOnlyList<RoomPlace> rooms) => new(
        state.User.Value,
        state.Online,
        state.Since == 0 ? null : state.Since,
        state.Status.IsEmpty ? null : JsonElement.Parse(state.Status.Span),
        state.Version,
        [.. sessions.OrderBy(session => session.Since).Select(SessionBody.Of)],
        [
            .. seen.Where(device => sessions.All(session => session.Device != device.Key)).OrderBy(device => device.Value)
                .Select(device => new DeviceBody(NameOf(device.Key), IsPlain(device.Key), device.Value)),
        ],
        new DepthBody(depth.Seq, depth.Delivered, depth.Pending, depth.Bytes, depth.Epoch),
        [.. rooms.Select(room => room.Room.Value).Order(StringComparer.Ordinal)]);

    public static string? NameOf(DeviceId device) => device == DeviceId.Plain ? null : device.Value;

    public static bool? IsPlain(DeviceId device) => device == DeviceId.Plain ? true : null;
}
