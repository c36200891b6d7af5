// A page of a log as the API shows it: which one a request wants, and what it looks like.
using System.Buffers;
using System.Text.Json;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Api;

/// <summary>A page of a log: which one a request wants, and what it looks like. It is the frame <c>history</c> without its <c>type</c> and <c>id</c>.</summary>
internal static class HistoryPage
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 100;

    /// <summary>Reads <c>before</c>, <c>after</c> and <c>limit</c>; what is wrong is in the query's <see cref="ApiQuery.Problem"/>.</summary>
    public static (LogRange Range, int Limit) Read(ApiQuery query)
    {
        var range = new LogRange(query.Number("before"), query.Number("after"));
        var limit = query.Limit(DefaultLimit, MaxLimit);
        if (range is { Before: not null, After: not null })
        {
            query.Fail("either 'before' or 'after', not both");
        }

        return (range, limit);
    }

    /// <param name="member">What the log belongs to: <c>room</c> or <c>peer</c>.</param>
    public static IResult ToResult(string member, string name, LogPage page)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            var isEmpty = page.First > page.End.Rseq;
            json.WriteStartObject();
            json.WriteString(member, name);
            WriteIfAny(json, "epoch", page.End.Epoch);
            json.WriteNumber("first", isEmpty ? 0 : page.First);
            json.WriteNumber("last", isEmpty ? 0 : page.End.Rseq);
            json.WriteBoolean("more", !page.AtEnd);
            json.WriteStartArray("messages");
            foreach (var entry in page.Entries)
            {
                Write(json, entry);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return TypedResults.Bytes(bytes.WrittenMemory, "application/json");
    }

    private static void Write(Utf8JsonWriter json, LogEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("from", entry.From.Value);
        if (entry.DeletedAt == 0)
        {
            json.WritePropertyName("body");
            json.WriteRawValue(entry.Body.Span, skipInputValidation: true);
        }

        json.WriteString("mid", entry.Id.Value);
        json.WriteNumber("ts", entry.At);
        json.WriteNumber("rseq", entry.Rseq);
        json.WriteString("id", entry.ClientId);
        WriteIfAny(json, "ct", entry.ContentType);
        WriteIfAny(json, "edited", entry.EditedAt);
        WriteIfAny(json, "deleted", entry.DeletedAt);
        json.WriteEndObject();
    }

    private static void WriteIfAny(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteIfAny(Utf8JsonWriter json, string name, long value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }
}
