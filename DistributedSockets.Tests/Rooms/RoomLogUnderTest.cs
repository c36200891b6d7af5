// A log with its clock, and the words that its tests are written in.
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.Tests.Rooms;

/// <summary>A log with its clock, and the words that its tests are written in.</summary>
/// <param name="PassAsync">Lets the store's clock go on by that much at least.</param>
internal sealed record RoomLogUnderTest(IRoomLog Log, Func<TimeSpan, Task> PassAsync)
{
    public static readonly RoomId Team = new("team {r:б}");
    public static readonly UserId Alice = new("alice");
    public static readonly UserId Bob = new("bob {b:б}");
    public static readonly DeviceId Phone = new("phone");
    public static readonly DeviceId Tablet = new("tab{let}:1");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public static RoomMessage Message(string body, string? id = null, UserId? from = null, DeviceId? device = null) =>
        new(MessageId.New(TimeProvider.System), from ?? Alice, device ?? Phone, Encoding.UTF8.GetBytes(body), id ?? Guid.NewGuid().ToString());

    public static RoomMessage[] Messages(int count) => [.. Enumerable.Range(1, count).Select(number => Message($"\"{number}\""))];

    public static string Text(LogEntry entry) => Encoding.UTF8.GetString(entry.Body.Span);

    public Task<LogAppended> AppendAsync(params RoomMessage[] messages) => Log.AppendAsync(Team, messages, default, CancellationToken);

    public async Task<LogPlacement> ChangeAsync(RoomChange change) => Assert.Single((await Log.ChangeAsync(Team, change, default, CancellationToken)).Placements);

    /// <summary>Stores messages that were never stored.</summary>
    /// <returns>The end of the log.</returns>
    public async Task<LogEnd> StoreAsync(params RoomMessage[] messages)
    {
        var appended = await AppendAsync(messages);
        Assert.All(appended.Placements, placement => Assert.Equal(LogOutcome.Stored, placement.Outcome));
        return new LogEnd(appended.Placements[^1].Rseq, appended.Epoch);
    }

    public async Task<IReadOnlyList<LogOutcome>> TryStoreAsync(params RoomMessage[] messages) =>
        [.. (await AppendAsync(messages)).Placements.Select(placement => placement.Outcome)];

    public Task<LogStart> BeginAsync(LogEnd place, LogEnd? since = null) => Log.BeginAsync(Team, Bob, place, since, CancellationToken);

    public Task<LogPage> PageAsync(long after = 0, (UserId, DeviceId)? reader = null) => Log.ReadAsync(Team, after, reader, CancellationToken);

    public Task<LogPage> HistoryAsync(int limit = 100, long? before = null, long? after = null) =>
        Log.ReadHistoryAsync(Team, new LogRange(before, after), limit, CancellationToken);

    /// <summary>Everything that is sent to who comes anew.</summary>
    public async Task<IReadOnlyList<LogEntry>> ReadAsync((UserId, DeviceId)? reader = null)
    {
        var (entries, after) = (new List<LogEntry>(), 0L);
        while (true)
        {
            var page = await PageAsync(after, reader);
            entries.AddRange(page.Entries);
            if (page.AtEnd)
            {
                return entries;
            }

            after = page.Through;
        }
    }

    public async Task<IReadOnlyList<long>> NumbersAsync() => [.. (await ReadAsync()).Select(entry => entry.Rseq)];
}
