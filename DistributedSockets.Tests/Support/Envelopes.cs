// Envelopes for tests.
using System.Text;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Support;

internal static class Envelopes
{
    public static Envelope Saying(string text, string from = "alice", string to = "bob") =>
        new(MessageId.New(TimeProvider.System), new UserId(from), new UserId(to), Encoding.UTF8.GetBytes($"\"{text}\""), 1_764_000_000_000);

    /// <summary>What a broker message carries.</summary>
    public static List<Envelope> In(EnvelopeBatch batch)
    {
        List<Envelope> envelopes = [];
        var names = new KnownNames();
        for (var reader = new EnvelopeReader(batch.Envelopes.Span); reader.TryRead();)
        {
            envelopes.Add(reader.ToEnvelope(names));
        }

        return envelopes;
    }

    public static string Text(Envelope envelope) => Encoding.UTF8.GetString(envelope.Body.Span).Trim('"');
}
