// What the node's reader makes of a client's bytes, in words that a test can compare.
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using DistributedSockets.SocketNode.Connections;

namespace DistributedSockets.Tests.Support;

/// <summary>What the node's reader makes of a client's bytes.</summary>
internal static class ReadFrames
{
    /// <summary>Bytes of a message, unless a test says otherwise.</summary>
    public const int Limit = 1024;

    /// <summary>Reads to the end. A word per frame: <c>Text hello</c>, <c>Ping 0A0B</c>, <c>Close 1000 bye</c>, <c>Violation 1002</c>.</summary>
    public static Task<IReadOnlyList<string>> AllAsync(params byte[][] frames) => AllAsync(Limit, frames);

    public static Task<IReadOnlyList<string>> AllAsync(int limit, params byte[][] frames) => AllAsync(limit, segment: 4096, cuts: [], frames);

    /// <param name="segment">Bytes of one piece of the reader's buffer.</param>
    /// <param name="cuts">Where the bytes end that come at once.</param>
    public static async Task<IReadOnlyList<string>> AllAsync(int limit, int segment, IEnumerable<int> cuts, params byte[][] frames)
    {
        using var stream = new CutStream([.. frames.SelectMany(frame => frame)], cuts);
        var reader = new FrameReader(Pipe(stream, segment), limit);
        var words = new List<string>();
        do
        {
            while (reader.TryRead(out var frame))
            {
                words.Add(Word(frame));
            }
        }
        while (await reader.FillAsync());

        reader.Complete();
        return words;
    }

    /// <summary>As the node reads a socket, but for the sizes.</summary>
    public static PipeReader Pipe(Stream stream, int segment) =>
        PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: segment, minimumReadSize: 1, leaveOpen: true, useZeroByteReads: true));

    public static string Word(Frame frame) => frame.Kind switch
    {
        FrameKind.Text => $"Text {Encoding.UTF8.GetString(frame.Bytes.Span)}",
        FrameKind.Close when frame.Bytes.Length > 0 => $"Close {BinaryPrimitives.ReadUInt16BigEndian(frame.Bytes.Span)} {Encoding.UTF8.GetString(frame.Bytes.Span[2..])}".TrimEnd(),
        FrameKind.Violation => $"Violation {frame.Violation!.PlainCode}",
        _ => $"{frame.Kind} {Convert.ToHexString(frame.Bytes.Span)}".TrimEnd(),
    };
}
