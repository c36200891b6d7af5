// Envelopes to the bytes of one broker message and back, alone and in batches.
using BenchmarkDotNet.Attributes;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Benchmarks.Micro;

public class EnvelopeBenchmarks
{
    private Envelope[] _envelopes = [];
    private ReadOnlyMemory<byte> _bytes;

    /// <summary>Envelopes in a broker message.</summary>
    [Params(1, 64)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _envelopes = [.. Enumerable.Range(0, Count).Select(_ => Samples.Envelope())];
        _bytes = EnvelopeCodec.Encode(_envelopes);
    }

    [Benchmark]
    public int Encode() => EnvelopeCodec.Encode(_envelopes).Length;

    [Benchmark]
    public int Decode() => EnvelopeCodec.TryDecode(_bytes.Span, out var envelopes, out _) ? envelopes.Count : 0;
}
