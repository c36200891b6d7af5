// What a field holds, converted. A value of another type is a problem that names the field.
using System.Text.Json;

namespace DistributedSockets.Protocol;

internal ref partial struct CommandFields
{
    // Integers stay exact in every client that holds numbers as IEEE doubles.
    private const long MaxInteger = (1L << 53) - 1;

    /// <summary>The place of a string among <paramref name="texts"/>, or -1.</summary>
    public int IndexIn(CommandField field, byte[][] texts)
    {
        if (!IsString(field))
        {
            return -1;
        }

        var reader = ReaderOf(field);
        return CommandFieldNames.IndexIn(ref reader, texts);
    }

    /// <summary>A string of at most <paramref name="maxLength"/> characters (Unicode scalar values); null where there is none.</summary>
    public string? Text(CommandField field, int maxLength, ErrorCode code = ErrorCode.BadFrame)
    {
        if (!Has(field) || !IsString(field))
        {
            return null;
        }

        try
        {
            // No character takes more than 12 bytes: two surrogates, each written as \uXXXX. What is longer is not even unescaped.
            var text = Raw(field).Length / 12 <= maxLength ? ReaderOf(field).GetString()! : null;
            if (text is not null && (text.Length <= maxLength || text.EnumerateRunes().Count() <= maxLength))
            {
                return text;
            }

            Fail(field, $"is longer than {maxLength} characters", code);
        }
        catch (InvalidOperationException)
        {
            Fail(field, "is not valid Unicode", code);
        }

        return null;
    }

    /// <summary>As <see cref="Text"/>, for a field that may be absent but not empty.</summary>
    public string? FilledText(CommandField field, int maxLength, ErrorCode code = ErrorCode.BadFrame)
    {
        var text = Text(field, maxLength, code);
        if (text is not "")
        {
            return text;
        }

        Fail(field, "is empty", code);
        return null;
    }

    /// <summary>The object's <c>id</c>.</summary>
    public string? Id() => FilledText(CommandField.Id, 64);

    /// <summary>The object's <c>id</c> if it is a good one; what is wrong with it is not noted.</summary>
    public readonly string? ReadableId()
    {
        var copy = this;
        return copy.Id();
    }

    /// <summary>The name of a user, copied into <paramref name="target"/> without allocating. It is required; the rules of names are not looked at here.</summary>
    public ReadOnlySpan<char> User(CommandField field, Span<char> target)
    {
        if (!Require(field) || !IsString(field))
        {
            return default;
        }

        try
        {
            // Without its quotes, no UTF-16 unit takes less than a byte.
            var raw = Raw(field).Length;
            if (raw - 2 <= target.Length)
            {
                return target[..ReaderOf(field).CopyString(target)];
            }

            // Escapes only shrink, and no UTF-16 unit takes more than 6 bytes (\uXXXX).
            var text = raw - 2 <= target.Length * 6 ? ReaderOf(field).GetString()! : null;
            if (text is not null && text.TryCopyTo(target))
            {
                return target[..text.Length];
            }

            Fail(field, "is longer than a name may be", ErrorCode.BadRecipient);
        }
        catch (InvalidOperationException)
        {
            Fail(field, "is not valid Unicode", ErrorCode.BadRecipient);
        }

        return default;
    }

    /// <summary>A list of names, of at most <paramref name="most"/>; null where there is none. The rules of names are not looked at here.</summary>
    public IReadOnlyList<string>? Names(CommandField field, int most)
    {
        if (!Has(field))
        {
            return null;
        }

        var names = new List<string>();
        var reader = ReaderOf(field);
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            Fail(field, "must be a list of names");
            return names;
        }

        try
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType != JsonTokenType.String || names.Count == most)
                {
                    Fail(field, names.Count == most ? $"has more than {most} names" : "must be a list of names", names.Count == most ? ErrorCode.TooLarge : ErrorCode.BadFrame);
                    return names;
                }

                names.Add(reader.GetString()!);
            }
        }
        catch (InvalidOperationException)
        {
            Fail(field, "has a name that is not valid Unicode", ErrorCode.BadRecipient);
        }

        return names;
    }

    /// <summary>An integer within the bounds; null where there is none.</summary>
    public long? Integer(CommandField field, long min = 0, long max = MaxInteger)
    {
        if (!Has(field))
        {
            return null;
        }

        if (this[field].Type == JsonTokenType.Number && ReaderOf(field).TryGetInt64(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail(field, $"must be an integer from {min} to {max}");
        return null;
    }

    /// <summary>An integer that has to be there.</summary>
    public long RequiredInteger(CommandField field) => Require(field) ? Integer(field) ?? 0 : 0;

    /// <summary>True or false; false where there is none.</summary>
    public bool Flag(CommandField field)
    {
        if (Has(field) && this[field].Type is not (JsonTokenType.True or JsonTokenType.False))
        {
            Fail(field, "must be true or false");
        }

        return this[field].Type == JsonTokenType.True;
    }

    /// <summary>Any value of at most <paramref name="maxBytes"/>, as the bytes that came; empty where there is none.</summary>
    public ReadOnlySpan<byte> Json(CommandField field, int maxBytes)
    {
        if (!Has(field))
        {
            return default;
        }

        if (Raw(field).Length > maxBytes)
        {
            Fail(field, $"is longer than {maxBytes} bytes");
        }

        return Raw(field);
    }

    /// <summary>Any value, null too, that has to be there.</summary>
    public ReadOnlySpan<byte> RequiredJson(CommandField field)
    {
        if (this[field].Type == JsonTokenType.None)
        {
            Fail(field, "is missing");
        }

        return Raw(field);
    }

    /// <summary>The fields of an object within; none where there is none. What is wrong in them is noted there.</summary>
    public CommandFields Object(CommandField field)
    {
        var inner = new CommandFields(Raw(field), $"{field.Name()}.");
        if (this[field].Type == JsonTokenType.StartObject)
        {
            var reader = ReaderOf(field);
            inner.Find(ref reader);
        }
        else if (Has(field))
        {
            Fail(field, "must be an object");
        }

        return inner;
    }

    private bool IsString(CommandField field)
    {
        if (this[field].Type != JsonTokenType.String)
        {
            Fail(field, "must be a string");
        }

        return this[field].Type == JsonTokenType.String;
    }
}
