// A stream that gives its bytes in pieces, so that a reader sees a cut wherever the test wants one.
namespace DistributedSockets.Tests.Support;

/// <summary>A stream that gives its bytes in pieces: no read goes over one of the cuts.</summary>
internal sealed class CutStream(byte[] bytes, IEnumerable<int> cuts) : MemoryStream(bytes, writable: false)
{
    private readonly int[] _cuts = [.. cuts.Where(cut => cut > 0 && cut < bytes.Length).Distinct().Order(), bytes.Length];

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var end = Array.Find(_cuts, cut => cut > Position);
        return ValueTask.FromResult(end == 0 ? 0 : Read(buffer.Span[..Math.Min(buffer.Length, end - (int)Position)]));
    }
}
