// What one broker message carries: envelopes that have been found to be well-formed.
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>What one broker message carries.</summary>
/// <param name="Envelopes">Well-formed envelopes, at least one, for an <see cref="EnvelopeReader"/>. The bytes belong to the bus: they are good until they have been taken over.</param>
internal readonly record struct EnvelopeBatch(ReadOnlyMemory<byte> Envelopes)
{
    /// <summary>Checks any bytes whatever: what this returns false for is poison, and <paramref name="problem"/> says why. Never throws.</summary>
    public static bool TryOpen(ReadOnlyMemory<byte> message, out EnvelopeBatch batch, [NotNullWhen(false)] out string? problem)
    {
        batch = default;
        problem = message.IsEmpty || message.Span[0] != EnvelopeCodec.Version ? "unknown version"
            : !IsWellFormed(message.Span[1..]) ? "bad envelope"
            : null;
        if (problem is not null)
        {
            return false;
        }

        batch = new EnvelopeBatch(message[1..]);
        return true;
    }

    /// <summary>The bytes of a broker message with these envelopes, at least one.</summary>
    public static ReadOnlyMemory<byte> Encode(IReadOnlyList<Envelope> envelopes)
    {
        var output = new ArrayBufferWriter<byte>();
        EnvelopeCodec.Begin(output);
        foreach (var envelope in envelopes)
        {
            EnvelopeCodec.Write(output, envelope);
        }

        return output.WrittenMemory;
    }

    private static bool IsWellFormed(ReadOnlySpan<byte> envelopes)
    {
        var reader = new EnvelopeReader(envelopes);
        while (reader.Position < envelopes.Length)
        {
            if (!reader.TryRead())
            {
                return false;
            }
        }

        return envelopes.Length > 0;
    }
}
