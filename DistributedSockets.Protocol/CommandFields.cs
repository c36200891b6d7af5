// The fields of one JSON object of a ds.v1 frame: found first, judged when the whole object is known, since `type` may come last.
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace DistributedSockets.Protocol;

/// <summary>
/// Where the known fields of one object stand. Of a field given twice the last counts. Getters convert; the first value that is not what a getter expects
/// is kept as <see cref="Problem"/>, and what is returned for it means nothing.
/// </summary>
/// <param name="json">What the positions count in.</param>
/// <param name="path">What stands before a field's name in a problem, such as <c>client.</c>.</param>
internal ref partial struct CommandFields(ReadOnlySpan<byte> json, string path = "")
{
    // One level for the command itself around a body of at most 64.
    private static readonly JsonReaderOptions Options = new() { AllowMultipleValues = true, MaxDepth = 65 };

    private readonly ReadOnlySpan<byte> _json = json;
    private readonly string _path = path;
    private Values _values;

    /// <summary>What is wrong with the first field that is not as it should be.</summary>
    public string? Problem { get; set; }

    public ErrorCode ProblemCode { get; private set; }

    public static Utf8JsonReader NewReader(ReadOnlySpan<byte> json) => new(json, Options);

    /// <summary>Finds the fields of the object that <paramref name="reader"/> has just entered, and leaves it at the object's end. Throws where the JSON is broken.</summary>
    public void Find(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = CommandFieldNames.IndexIn(ref reader, CommandFieldNames.All);
            reader.Read();
            var type = reader.TokenType;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (index >= 0)
            {
                _values[index] = new Value(type, start, (int)reader.BytesConsumed);
            }
        }
    }

    /// <summary>Whether the field is there and is not null, which counts as absent wherever a field may be absent.</summary>
    public readonly bool Has(CommandField field) => this[field].Type is not (JsonTokenType.None or JsonTokenType.Null);

    /// <summary>The field's value as the bytes that came; empty where there is none.</summary>
    public readonly ReadOnlySpan<byte> Raw(CommandField field) => _json[this[field].Start..this[field].End];

    /// <summary>Notes that <paramref name="field"/> is missing, where it is.</summary>
    public bool Require(CommandField field)
    {
        if (!Has(field))
        {
            Fail(field, "is missing");
        }

        return Has(field);
    }

    private readonly Value this[CommandField field] => _values[(int)field];

    private readonly Utf8JsonReader ReaderOf(CommandField field)
    {
        var reader = NewReader(Raw(field));
        reader.Read();
        return reader;
    }

    private void Fail(CommandField field, string what, ErrorCode code = ErrorCode.BadFrame)
    {
        if (Problem is null)
        {
            Problem = $"'{_path}{field.Name()}' {what}";
            ProblemCode = code;
        }
    }

    private readonly record struct Value(JsonTokenType Type, int Start, int End);

    [InlineArray((int)CommandField.Version + 1)]
    private struct Values
    {
        private Value _first;
    }
}
