// What was said with a user or in a room, as a pane shows it.
using DistributedSockets.Client;

namespace DistributedSockets.Web.Chat;

/// <summary>A conversation with a user, or in a room. Bounded: the page is a window, not an archive.</summary>
public sealed class Conversation(Target target)
{
    private const int Capacity = 500;

    private readonly List<ChatLine> _lines = [];

    public Target Target => target;

    public string Name => target.Name;

    public bool IsRoom => target.IsRoom;

    /// <summary>What is under way comes last; the rest in the order in which it was stored.</summary>
    public IReadOnlyList<ChatLine> Lines => _lines;

    public int Unread { get; private set; }

    /// <summary>Who types now.</summary>
    public List<string> Typists { get; } = [];

    /// <summary>Whether the user is online; null where nobody knows.</summary>
    public bool? IsOnline { get; set; }

    /// <summary>Since when the user is online, or was last.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>How many members the room has.</summary>
    public long? Members { get; set; }

    /// <summary>False for a room that one is not in any more.</summary>
    public bool IsMember { get; set; } = true;

    public HistoryState History { get; set; }

    /// <summary>The place of the oldest message of the history that is shown; what comes before it can be loaded.</summary>
    public long? Earlier { get; set; }

    /// <summary>What is being written.</summary>
    public string Draft { get; set; } = "";

    internal Message? LastUnread { get; private set; }

    public void Add(ChatLine line)
    {
        var at = _lines.Count;
        while (at > 0 && Compare(line, _lines[at - 1]) < 0)
        {
            at--;
        }

        _lines.Insert(at, line);
        if (_lines.Count > Capacity)
        {
            _lines.RemoveAt(0);
        }
    }

    /// <summary>Its place among the others may be another now.</summary>
    public void Settle(ChatLine line, string mid, DateTimeOffset at)
    {
        line.Place(mid, at);
        if (_lines.Remove(line))
        {
            Add(line);
        }
    }

    public ChatLine? Find(string? mid) => mid is null ? null : _lines.FindLast(line => line.Mid == mid);

    public ChatLine? FindOwn(string? id) => id is null ? null : _lines.FindLast(line => line.IsOwn && line.Id == id);

    /// <summary>The recipient has read up to there.</summary>
    public void ReadUpTo(string mid)
    {
        for (var at = _lines.FindLastIndex(line => line.Mid == mid); at >= 0; at--)
        {
            if (_lines[at].State is LineState.Stored or LineState.Delivered)
            {
                _lines[at].Reach(LineState.Read);
            }
        }
    }

    internal void MarkUnread(Message message)
    {
        Unread++;
        LastUnread = message;
    }

    internal Message? MarkSeen()
    {
        Unread = 0;
        (var last, LastUnread) = (LastUnread, null);
        return last;
    }

    private static int Compare(ChatLine line, ChatLine other) =>
        (line.State == LineState.Waiting, line.At).CompareTo((other.State == LineState.Waiting, other.At));
}

public enum HistoryState
{
    NotLoaded,
    Loading,
    Loaded,
    Failed,
}
