// A connection's place in a room that its node follows.
using DistributedSockets.SocketNode.Connections;

namespace DistributedSockets.SocketNode.Rooms;

/// <summary>A connection's place in a room. Before it is attached to the feed only its replay moves it, then only the feed.</summary>
/// <param name="epoch">The life of the log that its numbers count in.</param>
/// <param name="sent">Up to where the connection has everything.</param>
/// <param name="begunAt">Where the log ended when it began: up to there a message may have been sent to the device before.</param>
internal sealed class RoomSeat(Connection connection, RoomFeed feed, string epoch, long sent, long begunAt)
{
    private long _sent = sent;
    private long _own;

    public Connection Connection => connection;

    public RoomFeed Feed => feed;

    public string Epoch => epoch;

    /// <summary>Where the log ended when it began.</summary>
    public long BegunAt => begunAt;

    /// <summary>The last number that was sent to the connection, or left out since the device has sent it itself.</summary>
    public long Sent
    {
        get => Volatile.Read(ref _sent);
        set => Volatile.Write(ref _sent, value);
    }

    /// <summary>The last number that the connection knows of: it was sent, or an ack has told it.</summary>
    public long Known => Math.Max(Sent, Volatile.Read(ref _own));

    public LogEnd Place => new(Sent, epoch);

    /// <summary>The connection is about to be told that a message of its own has this number.</summary>
    public void NoteOwn(long rseq)
    {
        if (rseq > Volatile.Read(ref _own))
        {
            Volatile.Write(ref _own, rseq);
        }
    }

    /// <summary>Whether the connection's own device has sent it: it is not sent back.</summary>
    public bool HasSent(LogEntry entry) => entry.From == connection.User && entry.Device == connection.Session.Device;

    public bool IsRedelivered(LogEntry entry) => entry.Rseq <= begunAt;
}
