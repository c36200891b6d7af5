// Envelopes to the bytes of one broker message and back, alone and in batches.
using BenchmarkDotNet.Attributes;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Benchmarks.Micro;

public class EnvelopeBenchmarks
{
    private Envelope[] _envelopes = [];
    private readonly KnownNames _names = new();
    private ReadOnlyMemory<byte> _bytes;

    /// <summary>Envelopes in a broker message.</summary>
    [Params(1, 64)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _envelopes = [.. Enumerable.Range(0, Count).Select(_ => Samples.Envelope())];
        _bytes = EnvelopeBatch.Encode(_envelopes);
    }

    [Benchmark]
    public int Encode() => EnvelopeBatch.Encode(_envelopes).Length;

    [Benchmark]
    public int Decode()
    {
        var count = 0;
        if (EnvelopeBatch.TryOpen(_bytes, out var batch, out _))
        {
            for (var reader = new EnvelopeReader(batch.Envelopes.Span); reader.TryRead();)
            {
                count += reader.ToFastMessage(_names).Body.Length;
            }
        }

        return count;
    }
}
