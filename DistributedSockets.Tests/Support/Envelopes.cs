// Envelopes for tests.
using System.Text;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Support;

internal static class Envelopes
{
    public static Envelope Saying(string text, string from = "alice", string to = "bob") =>
        new(MessageId.New(TimeProvider.System), new UserId(from), new UserId(to), Encoding.UTF8.GetBytes($"\"{text}\""), 1_764_000_000_000);

    public static string Text(Envelope envelope) => Encoding.UTF8.GetString(envelope.Body.Span).Trim('"');
}
