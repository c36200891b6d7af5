// Frames in and out: bytes to fields and back.
using System.Buffers;
using BenchmarkDotNet.Attributes;
using DistributedSockets.Protocol;

namespace DistributedSockets.Benchmarks.Micro;

public class FrameBenchmarks
{
    private readonly ArrayBufferWriter<byte> _output = new(1024);

    [Benchmark]
    public int PlainIn()
    {
        var reader = new PlainFrameReader(Samples.PlainFrame, stackalloc char[PlainFrameReader.RecipientLength]);
        return reader.TryRead() ? reader.To.Length + reader.Body.Length : 0;
    }

    [Benchmark]
    public int PlainOut()
    {
        _output.ResetWrittenCount();
        PlainFrame.Write(_output, "alice", "bob", Samples.Body);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int ReliableIn()
    {
        var reader = new CommandReader(Samples.ReliableFrame, stackalloc char[PlainFrameReader.RecipientLength]);
        return reader.TryRead() ? reader.Target.Length + reader.Body.Length : 0;
    }

    [Benchmark]
    public int ReliableOut()
    {
        _output.ResetWrittenCount();
        PushFrame.WriteMessage(_output, "alice", "bob", Samples.Body, "019a0000000000000000000000000043", 1_764_000_000_000, 42, "5f1c2a90-77e1", null, redelivered: false);
        return _output.WrittenCount;
    }
}
