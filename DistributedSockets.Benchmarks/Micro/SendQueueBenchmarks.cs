// What waits for one socket: messages put in by one thread, frames written by another, here to nowhere.
using BenchmarkDotNet.Attributes;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedSockets.Benchmarks.Micro;

public class SendQueueBenchmarks
{
    private const int Messages = 4096;

    private static readonly Guid Id = Guid.NewGuid();
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");

    private SendQueue _queue = null!;

    /// <summary>Messages that may wait; who puts in more waits too.</summary>
    [Params(1, 64, 1000)]
    public int Waiting { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        // Only its way out is used.
        var profile = new PlainProfile(dispatcher: null!, NullLogger<PlainProfile>.Instance);
        _queue = new SendQueue(Stream.Null, profile, Waiting, 1024 * 1024) { OnWritten = (_, _) => { } };
        _queue.Begin(null);
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public int MessagesThroughTheQueue()
    {
        for (var i = 0; i < Messages; i++)
        {
            while (!_queue.TryEnqueue(new FastMessage(Id, Alice, Bob, Samples.Body, 0)))
            {
                Thread.Yield();
            }
        }

        while (_queue.Count > 0)
        {
            Thread.Yield();
        }

        return _queue.Count;
    }
}
