// What the small benchmarks are fed with: bodies of 128 bytes, as in the large ones.
using System.Text;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Benchmarks.Micro;

internal static class Samples
{
    private static readonly string Text = new('x', 128);

    public static byte[] Body { get; } = Encoding.UTF8.GetBytes($"\"{Text}\"");

    public static byte[] PlainFrame { get; } = Encoding.UTF8.GetBytes($$"""{"to":"bob","body":"{{Text}}"}""");

    public static byte[] ReliableFrame { get; } = Encoding.UTF8.GetBytes($$"""{"type":"msg","to":"bob","id":"5f1c2a90-77e1","body":"{{Text}}"}""");

    public static Envelope Envelope() => new(MessageId.New(TimeProvider.System), new UserId("alice"), new UserId("bob"), Body, 1_764_000_000_000);
}
