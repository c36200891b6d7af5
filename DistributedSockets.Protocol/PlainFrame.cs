// The plain profile's two frames: {"to":…,"body":…} in, {"from":…,"to":…,"body":…} out. Bytes to fields and back, nothing else.
using System.Buffers;
using System.Text.Json;

namespace DistributedSockets.Protocol;

/// <summary>
/// Reads the messages of one plain frame: JSON objects with white space between them, never split by line. Nothing is allocated; spans point into
/// the frame and into the buffer given.
/// </summary>
/// <param name="frame">The whole text frame in UTF-8.</param>
/// <param name="recipient">Room for the recipient's name, which may be written with escapes.</param>
public ref struct PlainFrameReader(ReadOnlySpan<byte> frame, Span<char> recipient)
{
    /// <summary>Characters that the longest recipient can take (128 scalar values of two UTF-16 units).</summary>
    public const int RecipientLength = 256;

    // One level for the message itself around a body of at most 64.
    private static readonly JsonReaderOptions Options = new() { AllowMultipleValues = true, MaxDepth = 65 };

    private readonly ReadOnlySpan<byte> _frame = frame;
    private readonly Span<char> _recipient = recipient;
    private Utf8JsonReader _reader = new(frame, Options);

    /// <summary>The recipient of the message just read.</summary>
    public ReadOnlySpan<char> To { get; private set; }

    /// <summary>The JSON value of the body just read, as the bytes that came.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>How much of the frame has been read, up to the end of the message just read.</summary>
    public readonly int BytesConsumed => (int)_reader.BytesConsumed;

    /// <summary>What is wrong with the frame, after <see cref="TryRead"/> has returned false; null at its end.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads the next message; false at the end of the frame or where it is malformed.</summary>
    public bool TryRead()
    {
        try
        {
            return Problem is null && ReadMessage();
        }
        catch (JsonException exception)
        {
            return Malformed(exception.Message);
        }
        catch (InvalidOperationException)
        {
            // A string whose escapes are no valid Unicode, such as a lone surrogate.
            return Malformed("'to' is not valid Unicode");
        }
    }

    private bool ReadMessage()
    {
        if (!_reader.Read())
        {
            return false;
        }

        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return Malformed("a message must be a JSON object");
        }

        var hasTo = false;
        var hasBody = false;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (IsNamed("to"u8))
            {
                if (!ReadRecipient())
                {
                    return false;
                }

                hasTo = true;
            }
            else if (IsNamed("body"u8))
            {
                _reader.Read();
                Body = ReadValue();
                hasBody = true;
            }
            else
            {
                _reader.Read();
                _reader.Skip();
            }
        }

        return (hasTo && hasBody) || Malformed(hasTo ? "'body' is missing" : "'to' is missing");
    }

    private readonly bool IsNamed(ReadOnlySpan<byte> field)
    {
        try
        {
            return _reader.ValueTextEquals(field);
        }
        catch (InvalidOperationException)
        {
            // Escapes that are no valid Unicode: valid JSON, and some other field.
            return false;
        }
    }

    private bool ReadRecipient()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.String)
        {
            return Malformed("'to' must be a string");
        }

        // Escapes only shrink, and no UTF-16 unit takes more than 6 bytes (\uXXXX).
        if (_reader.ValueSpan.Length > RecipientLength * 6)
        {
            return Malformed("'to' is too long");
        }

        if (_reader.ValueSpan.Length <= _recipient.Length)
        {
            To = _recipient[.._reader.CopyString(_recipient)];
            return true;
        }

        var text = _reader.GetString()!;
        if (text.Length > _recipient.Length)
        {
            return Malformed("'to' is too long");
        }

        text.CopyTo(_recipient);
        To = _recipient[..text.Length];
        return true;
    }

    private ReadOnlySpan<byte> ReadValue()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return _frame[start..(int)_reader.BytesConsumed];
    }

    private bool Malformed(string problem)
    {
        Problem = problem;
        return false;
    }
}

/// <summary>Writes the plain profile's only frame out.</summary>
public static class PlainFrame
{
    /// <summary>Appends exactly <c>{"from":"alice","to":"bob","body":"hi"}</c>.</summary>
    public static void Write(IBufferWriter<byte> writer, ReadOnlySpan<char> from, ReadOnlySpan<char> to, ReadOnlySpan<byte> body)
    {
        writer.Write("{\"from\":"u8);
        JsonText.WriteString(writer, from);
        writer.Write(",\"to\":"u8);
        JsonText.WriteString(writer, to);
        writer.Write(",\"body\":"u8);
        writer.Write(body);
        writer.Write("}"u8);
    }
}
