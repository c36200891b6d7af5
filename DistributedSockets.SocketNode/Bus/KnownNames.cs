// Names of which the bus has read, so that one in a message does not become a new string each time.
using System.Text;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>Names of which the bus has read: of users, and of the lives of their inboxes. Bounded: forgotten as a whole when there are too many. For one reader at a time.</summary>
internal sealed class KnownNames
{
    private const int MaxKnown = 16_384;
    private const int MaxChars = 512;

    private readonly HashSet<string> _names = [];

    /// <param name="utf8">Valid UTF-8, at most 512 bytes.</param>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        Span<char> chars = stackalloc char[MaxChars];
        ReadOnlySpan<char> read = chars[..Encoding.UTF8.GetChars(utf8, chars)];
        if (_names.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(read, out var name))
        {
            return name;
        }

        if (_names.Count >= MaxKnown)
        {
            _names.Clear();
        }

        name = read.ToString();
        _names.Add(name);
        return name;
    }
}
