// Those to whom a connection writes, so that a name in a frame does not become a new string each time.
using System.Diagnostics.CodeAnalysis;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>Those to whom a connection writes. Bounded: when there are too many, those are forgotten to whom nothing is under way. For the read loop only.</summary>
internal sealed class Recipients(Lanes lanes)
{
    private const int MaxKnown = 256;

    private readonly Dictionary<string, Recipient> _known = [];

    /// <summary>Checks and looks up a recipient's name; allocates only for one not seen before.</summary>
    public bool TryGet(ReadOnlySpan<char> name, [NotNullWhen(true)] out Recipient? recipient, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (_known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out recipient))
        {
            return true;
        }

        if (!UserId.TryParse(name.ToString(), out var user, out problem, "'to'"))
        {
            return false;
        }

        if (_known.Count >= MaxKnown)
        {
            Forget();
        }

        recipient = new Recipient(user, lanes);
        _known.Add(user.Value, recipient);
        return true;
    }

    /// <summary>Completes when nothing is under way past the lanes.</summary>
    public Task WhenSettledAsync() => Task.WhenAll(_known.Values.Select(recipient => recipient.WhenSettledAsync()));

    private void Forget()
    {
        foreach (var (name, recipient) in _known)
        {
            if (recipient.IsSettled)
            {
                _known.Remove(name);
            }
        }
    }
}
