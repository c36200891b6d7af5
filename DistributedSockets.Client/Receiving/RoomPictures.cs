// Who is online in the rooms that are watched, put together from the first answer and the differences behind it.
using System.Text.Json;

namespace DistributedSockets.Client.Receiving;

internal sealed class RoomPictures
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Picture> _rooms = [];

    public IReadOnlyList<string> Rooms
    {
        get
        {
            lock (_gate)
            {
                return [.. _rooms.Keys];
            }
        }
    }

    /// <summary>A room is watched from now on.</summary>
    /// <returns>False if it was already.</returns>
    public bool TryBegin(string room)
    {
        lock (_gate)
        {
            return _rooms.TryAdd(room, new Picture());
        }
    }

    /// <returns>False if it was not watched.</returns>
    public bool End(string room)
    {
        lock (_gate)
        {
            return _rooms.Remove(room);
        }
    }

    /// <param name="room">The room.</param>
    /// <param name="push">A whole picture, a part of one, or a difference.</param>
    /// <returns>The picture now; null where the room is not watched, or more of it follows.</returns>
    public RoomPresence? Take(string room, JsonElement push)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(room, out var picture))
            {
                return null;
            }

            return picture.Take(push) ? new RoomPresence(room, [.. picture.Online.Values], picture.Count) : null;
        }
    }

    private sealed class Picture
    {
        private bool _isPart;

        public Dictionary<string, Presence> Online { get; } = [];

        public long Count { get; private set; }

        /// <returns>Whether it is whole.</returns>
        public bool Take(JsonElement push)
        {
            Count = push.Number("count") ?? Count;
            if (push.Field("members", JsonValueKind.Array) is null)
            {
                Change(push);
                return !_isPart;
            }

            if (!_isPart)
            {
                Online.Clear();
            }

            Add(push.Items("members"));
            _isPart = push.Flag("more");
            return !_isPart;
        }

        private void Change(JsonElement push)
        {
            foreach (var user in push.Texts("left"))
            {
                Online.Remove(user);
            }

            Add(push.Items("joined"));
        }

        private void Add(IEnumerable<JsonElement> members)
        {
            foreach (var member in members.Select(Presence.ParseMember))
            {
                Online[member.User] = member;
            }
        }
    }
}
