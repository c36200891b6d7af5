// What arrives of a room in whatever order, twice or not at all, is handed on in the order of the log.
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedSockets.Tests.Rooms;

public sealed class RoomFeedTests : IAsyncLifetime
{
    private const int Messages = 60;
    private static readonly RoomId Room = new("team");

    private readonly NodeParts _node = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly List<RoomSeat> _restarted = [];
    private readonly FakeSocket _socket = new();
    private readonly InMemoryRoomLog _log;
    private readonly RoomFeed _feed;
    private string? _epoch;

    public RoomFeedTests()
    {
        _log = new InMemoryRoomLog(new RoomLimits(), _node.Time);
        _feed = new RoomFeed(Room, _log, _restarted.Add, _node.Time, NullLogger.Instance, _ending.Token);
    }

    public async ValueTask InitializeAsync()
    {
        await _node.ConnectAsync("bob", _socket);
        await AppendAsync(0);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _node.DisposeAsync();
        _ending.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Entries_that_overtake_each_other_come_twice_or_get_lost_are_handed_on_once_and_in_order(int seed)
    {
        var random = new Random(seed);
        Attach();
        var batches = new List<RoomBatch>();
        for (var number = 1; number <= Messages; number++)
        {
            batches.Add(await AppendAsync(number));
        }

        // The last one arrives: without it nothing would show that something is missing.
        var arriving = batches.SkipLast(1).Where(_ => random.Next(5) > 0).Concat(batches.Where(_ => random.Next(4) == 0)).Append(batches[^1]).ToList();
        foreach (var batch in arriving.OrderBy(_ => random.Next()))
        {
            _feed.Take(batch);
        }

        await _node.AdvanceUntilAsync(() => _socket.Waiting >= Messages, "everything has been handed on");
        Assert.Equal(Enumerable.Range(1, Messages).Select(number => $"{number}"), await BodiesAsync(Messages));
        Assert.Equal(0, _socket.Waiting);
        Assert.Empty(_restarted);
    }

    [Fact]
    public async Task Connection_is_attached_only_when_it_has_everything_that_was_heard_of()
    {
        _feed.Take(await AppendAsync(1));
        Assert.False(_feed.TryAttach(Seat(sent: 0, begunAt: 1)));

        Assert.True(_feed.TryAttach(Seat(sent: 1, begunAt: 1)));
        _feed.Take(await AppendAsync(2));
        Assert.Equal(["2"], await BodiesAsync(1));
    }

    [Fact]
    public async Task Feed_that_has_heard_of_nothing_takes_the_end_from_who_begins()
    {
        await AppendAsync(1);
        await AppendAsync(2);

        Assert.False(_feed.TryAttach(Seat(sent: 0, begunAt: 2)));
    }

    [Fact]
    public async Task What_arrived_since_a_connection_began_is_read_for_it()
    {
        _feed.Take(await AppendAsync(1));

        Assert.True(_feed.TryAttach(Seat(sent: 0)));
        await _node.AdvanceUntilAsync(() => _socket.Waiting > 0, "it is read");
        Assert.Equal(["1"], await BodiesAsync(1));
    }

    [Fact]
    public async Task Log_that_ends_before_what_was_heard_of_makes_everybody_begin_anew()
    {
        var seat = Attach();
        var batch = await AppendAsync(1);

        _feed.Take(batch with { End = batch.End with { Rseq = 9 } });

        await _node.AdvanceUntilAsync(() => _restarted.Count > 0, "the connection begins anew");
        Assert.Equal([seat], _restarted);
    }

    private RoomSeat Attach()
    {
        var seat = Seat(sent: 0);
        Assert.True(_feed.TryAttach(seat));
        return seat;
    }

    private RoomSeat Seat(long sent, long begunAt = 0) => new(_node.Table.Find(new UserId("bob"))!.Connections[0], _feed, _epoch!, sent, begunAt);

    /// <summary>Stores a message; 0 for none.</summary>
    private async Task<RoomBatch> AppendAsync(int number)
    {
        var message = new RoomMessage(MessageId.New(_node.Time), new UserId("alice"), new DeviceId("phone"), Encoding.UTF8.GetBytes($"\"{number}\""), $"m{number}");
        var appended = await _log.AppendAsync(Room, number == 0 ? [] : [message], default, TestContext.Current.CancellationToken);
        _epoch = appended.Epoch;
        var entries = appended.Placements.Select(placed => new LogEntry(
            placed.Rseq, LogEntryKind.Message, placed.Id, message.From, message.Device, message.ClientId, message.Body, placed.StoredAt)).ToList();
        return new RoomBatch(Room, NodeParts.Other(), new LogEnd(number, appended.Epoch), entries);
    }

    private async Task<IReadOnlyList<string>> BodiesAsync(int count) => [.. (await _socket.NextAsync(count)).Select(body => body.Split('"')[0])];
}
