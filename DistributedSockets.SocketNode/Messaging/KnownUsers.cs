// The recipients that a connection has written to, so that a name in a frame does not become a new string each time.
using System.Diagnostics.CodeAnalysis;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>The recipients that a connection has written to. Bounded: forgotten as a whole when there are too many.</summary>
internal sealed class KnownUsers
{
    private const int MaxKnown = 256;

    private readonly Dictionary<string, UserId> _users = [];

    /// <summary>Checks and looks up a recipient's name; allocates only for one not seen before.</summary>
    public bool TryGet(ReadOnlySpan<char> name, out UserId user, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (_users.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out user))
        {
            return true;
        }

        if (!UserId.TryParse(name.ToString(), out user, out problem, "'to'"))
        {
            return false;
        }

        if (_users.Count >= MaxKnown)
        {
            _users.Clear();
        }

        _users.Add(user.Value, user);
        return true;
    }
}
