// Reads attributes of an OTLP export: a name and a value of any type, as text.
using System.Globalization;

namespace DistributedSockets.Web.Traces;

/// <summary>
/// An attribute is <c>{ 1 key  2 value { 1 text  2 bool  3 int  4 double  5 array { 1 value }  6 map { 1 attribute }  7 bytes } }</c>. What is too long or too deep is cut off.
/// </summary>
internal static class OtlpAttributes
{
    public const int MaxText = 1000;

    private const int MaxDepth = 4;

    public static KeyValuePair<string, string> Read(ReadOnlySpan<byte> attribute) => Read(attribute, depth: 0);

    public static string Cut(string text) => text.Length <= MaxText ? text : string.Concat(text.AsSpan(0, MaxText), "…");

    /// <summary>Adds one to a list that has a bound, and counts what it has no room for.</summary>
    public static void Keep<T>(ref List<T>? list, T entry, ref int omitted)
    {
        list ??= [];
        if (list.Count < OtlpReader.MaxEntries)
        {
            list.Add(entry);
        }
        else
        {
            omitted++;
        }
    }

    private static KeyValuePair<string, string> Read(ReadOnlySpan<byte> attribute, int depth)
    {
        var (key, value) = ("", "");
        var fields = new ProtobufReader(attribute);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    key = Cut(fields.Text);
                    break;
                case 2:
                    value = Cut(ReadValue(fields.Bytes, depth));
                    break;
            }
        }

        return new(key, value);
    }

    private static string ReadValue(ReadOnlySpan<byte> value, int depth)
    {
        var fields = new ProtobufReader(value);
        var text = "";
        while (fields.Next())
        {
            text = fields.Field switch
            {
                1 => fields.Text,
                2 => fields.Number == 0 ? "false" : "true",
                3 => ((long)fields.Number).ToString(CultureInfo.InvariantCulture),
                4 => BitConverter.UInt64BitsToDouble(fields.Number).ToString(CultureInfo.InvariantCulture),
                5 or 6 when depth == MaxDepth => "…",
                5 => $"[{string.Join(", ", ReadArray(fields.Bytes, depth + 1))}]",
                6 => $"{{{string.Join(", ", ReadMap(fields.Bytes, depth + 1))}}}",
                7 => Convert.ToHexStringLower(fields.Bytes[..Math.Min(fields.Bytes.Length, MaxText / 2)]),
                _ => text,
            };
        }

        return text;
    }

    private static List<string> ReadArray(ReadOnlySpan<byte> array, int depth)
    {
        List<string>? values = null;
        var omitted = 0;
        var fields = new ProtobufReader(array);
        while (fields.Next())
        {
            if (fields.Field == 1)
            {
                Keep(ref values, Cut(ReadValue(fields.Bytes, depth)), ref omitted);
            }
        }

        return Whole(values, omitted);
    }

    private static List<string> ReadMap(ReadOnlySpan<byte> map, int depth)
    {
        List<string>? values = null;
        var omitted = 0;
        var fields = new ProtobufReader(map);
        while (fields.Next())
        {
            if (fields.Field == 1)
            {
                var (key, value) = Read(fields.Bytes, depth);
                Keep(ref values, $"{key}: {value}", ref omitted);
            }
        }

        return Whole(values, omitted);
    }

    private static List<string> Whole(List<string>? values, int omitted) => omitted == 0 ? values ?? [] : [.. values!, "…"];
}
