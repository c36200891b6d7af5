// The users of whom the bus has read, so that a name in a message does not become a new string each time.
using System.Text;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>The users of whom the bus has read. Bounded: forgotten as a whole when there are too many. For one reader at a time.</summary>
internal sealed class KnownNames
{
    private const int MaxKnown = 16_384;
    private const int MaxChars = 512;

    private readonly Dictionary<string, UserId> _users = [];

    /// <param name="utf8">Valid UTF-8, at most 512 bytes.</param>
    public UserId Get(ReadOnlySpan<byte> utf8)
    {
        Span<char> chars = stackalloc char[MaxChars];
        ReadOnlySpan<char> name = chars[..Encoding.UTF8.GetChars(utf8, chars)];
        if (_users.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var user))
        {
            return user;
        }

        if (_users.Count >= MaxKnown)
        {
            _users.Clear();
        }

        user = new UserId(name.ToString());
        _users.Add(user.Value, user);
        return user;
    }
}
