// The plain profile's frames as the bare relays read and write them.
using System.Buffers;
using System.Text;
using System.Text.Json;

namespace DistributedSockets.Benchmarks.Peers;

internal readonly ref struct PlainMessage
{
    private PlainMessage(ReadOnlySpan<byte> to, ReadOnlySpan<byte> body)
    {
        To = to;
        Body = body;
    }

    /// <summary>The recipient's name, as written between its quotes.</summary>
    public ReadOnlySpan<byte> To { get; }

    /// <summary>The body's bytes as they came.</summary>
    public ReadOnlySpan<byte> Body { get; }

    // {"to":"bob","body":"hi"}
    public static PlainMessage Parse(ReadOnlySpan<byte> frame)
    {
        var reader = new Utf8JsonReader(frame);
        ReadOnlySpan<byte> to = default;
        ReadOnlySpan<byte> body = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isTo = reader.ValueTextEquals("to"u8);
            var isBody = reader.ValueTextEquals("body"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isTo)
            {
                to = reader.ValueSpan;
            }
            else if (isBody)
            {
                body = frame[start..(int)reader.BytesConsumed];
            }
        }

        return new(to, body);
    }

    /// <summary>{"from":"alice","to":"bob","body":"hi"}</summary>
    public void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> from)
    {
        writer.Write("{\"from\":\""u8);
        writer.Write(from);
        writer.Write("\",\"to\":\""u8);
        writer.Write(To);
        writer.Write("\",\"body\":"u8);
        writer.Write(Body);
        writer.Write("}"u8);
    }

    public int LengthFrom(ReadOnlySpan<byte> from) => 27 + from.Length + To.Length + Body.Length;

    /// <summary>Finds the recipient without making a string of the name.</summary>
    public bool TryFind<T>(System.Collections.Concurrent.ConcurrentDictionary<string, T> users, out T? user)
        where T : class
    {
        Span<char> name = stackalloc char[128];
        var length = Encoding.UTF8.GetChars(To, name);
        return users.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[..length], out user);
    }
}
