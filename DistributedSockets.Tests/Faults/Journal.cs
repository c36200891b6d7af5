// What all clients of a run were told, for the verdict.
using System.Collections.Concurrent;
using System.Diagnostics;

namespace DistributedSockets.Tests.Faults;

/// <summary>What all clients of a run have sent and were told.</summary>
internal sealed class Journal
{
    private readonly long _begin = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<string> _notes = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentQueue<string> _misled = new();

    public ConcurrentBag<SentMessage> Messages { get; } = [];

    public ConcurrentBag<FaultClient> Clients { get; } = [];

    /// <summary>The devices of the members of each room, if there are any.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<FaultClient>> Members { get; set; } = new Dictionary<string, IReadOnlyList<FaultClient>>();

    /// <summary>The outcomes that senders were told of, by the system's id of the message.</summary>
    public ConcurrentDictionary<string, ConcurrentDictionary<string, int>> Receipts { get; } = new();

    /// <summary>
    /// Set where the fault itself takes stored data away (a wiped store, a replica with lag): what was first sent before may be gone or come twice. What was sent
    /// later may not. 0: the store keeps everything.
    /// </summary>
    public long StoreLostAt { get; set; }

    /// <summary>What the clients thought worth a line.</summary>
    public IReadOnlyCollection<string> Notes => _notes;

    /// <summary>What no fault excuses: a frame that is not in the protocol, a connection closed for good.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>What watchers were told of others and is not so.</summary>
    public IReadOnlyCollection<string> MisledWatchers => _misled;

    public double Seconds(long timestamp) => timestamp == 0 ? double.NaN : Stopwatch.GetElapsedTime(_begin, timestamp).TotalSeconds;

    public void Note(string text) => _notes.Enqueue($"{Seconds(Stopwatch.GetTimestamp()),7:0.00} {text}");

    public void Violate(string text)
    {
        Note(text);
        _violations.Enqueue(text);
    }

    public void Misled(string text)
    {
        Note(text);
        _misled.Enqueue(text);
    }

    public void OnReceipt(string mid, string state) => Receipts.GetOrAdd(mid, _ => new()).AddOrUpdate(state, 1, (_, count) => count + 1);
}
