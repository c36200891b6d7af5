// What is done to valid input: random, truncated, deeply nested, duplicated fields, invalid UTF-8, huge numbers, and what else a stranger may think of.
using System.Text;

namespace DistributedSockets.Tests.Security.Fuzz;

/// <summary>Ways to damage input. The choices follow the random numbers alone.</summary>
internal static class Damage
{
    private const int MostLevels = 3_000;

    private static readonly byte[] Likely = [.. "{}[]\",:\\ue0-+. \n"u8, 0, 0x7f, 0x80, 0xff];
    private static readonly byte[][] NoUtf8 = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0xc0, 0x80]];

    private static readonly string[] Numbers =
    [
        "9007199254740992", "9223372036854775808", "-1", "-0", "1e999", "1E-999", "0.1", "1.0", "18446744073709551616", "123456789012345678901234567890", "00", "0x10", "NaN", "Infinity", "2592001",
    ];

    private static readonly string[] Tokens =
    [
        "null", "true", "7", "1.5", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "\"\\u202e\"", "[]", "{}", "[[[[", "}", "]", "{", "\"", "\\", ",", ":", "\"type\":", "\"id\":", "\"to\":", "\"body\":", "\"room\":",
        "\"client\":", "\"since\":", "\"t\":", "\"msg\"", "\"hello\"", "\n", "//", "/**/", "\uFEFF", "\0",
    ];

    private static readonly Func<byte[], Random, byte[]>[] Kinds = [Flip, Truncate, Nest, Duplicate, BreakUtf8, Enlarge, Replace, Noise, Repeat];

    /// <summary>One to four kinds of damage; now and then none.</summary>
    public static byte[] Do(byte[] input, Random random)
    {
        for (var count = random.Next(5); count > 0; count--)
        {
            input = Kinds[random.Next(Kinds.Length)](input, random);
        }

        return input;
    }

    private static byte[] Flip(byte[] input, Random random)
    {
        byte[] output = [.. input];
        for (var count = Math.Min(output.Length, random.Next(1, 6)); count > 0; count--)
        {
            output[random.Next(output.Length)] = random.Next(2) == 0 ? Likely[random.Next(Likely.Length)] : (byte)random.Next(256);
        }

        return output;
    }

    private static byte[] Truncate(byte[] input, Random random) => input[..random.Next(input.Length + 1)];

    /// <summary>A value becomes one within many others.</summary>
    private static byte[] Nest(byte[] input, Random random)
    {
        var levels = random.Next(4) == 0 ? random.Next(MostLevels) : random.Next(60, 70);
        var (open, close) = random.Next(2) == 0 ? ("[", "]") : ("{\"a\":", "}");
        var start = random.Next(input.Length + 1);
        var colon = Array.IndexOf(input, (byte)':', Math.Min(start, Math.Max(0, input.Length - 1)));
        var place = colon < 0 ? start : colon + 1;
        var closed = random.Next(4) == 0 ? "" : string.Concat(Enumerable.Repeat(close, levels)) + (colon < 0 ? "" : ",\"x\":");
        return Insert(input, place, string.Concat(Enumerable.Repeat(open, levels)) + "7" + closed);
    }

    /// <summary>A member of the object comes once more, in front or behind, maybe with another value.</summary>
    private static byte[] Duplicate(byte[] input, Random random)
    {
        var text = Encoding.UTF8.GetString(input);
        var members = text.Split(',');
        var member = members[random.Next(members.Length)].Trim('{', '}', ' ');
        var again = random.Next(2) == 0 ? member : member.Split(':')[0] + ":" + Tokens[random.Next(Tokens.Length)];
        return Encoding.UTF8.GetBytes(random.Next(2) == 0 ? ReplaceFirst(text, "{", $"{{{again},") : ReplaceFirst(text, "}", $",{again}}}"));
    }

    private static byte[] BreakUtf8(byte[] input, Random random)
    {
        var place = random.Next(input.Length + 1);
        return [.. input[..place], .. NoUtf8[random.Next(NoUtf8.Length)], .. input[place..]];
    }

    /// <summary>A number, or a place where one may stand, gets one that nobody expects.</summary>
    private static byte[] Enlarge(byte[] input, Random random)
    {
        var digit = Array.FindIndex(input, random.Next(input.Length + 1), value => value is >= (byte)'0' and <= (byte)'9');
        var place = digit < 0 ? random.Next(input.Length + 1) : digit;
        return [.. input[..place], .. Encoding.ASCII.GetBytes(Numbers[random.Next(Numbers.Length)]), .. input[Math.Min(input.Length, digit < 0 ? place : place + 1)..]];
    }

    private static byte[] Replace(byte[] input, Random random)
    {
        var start = random.Next(input.Length + 1);
        return [.. input[..start], .. Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]), .. input[Math.Min(input.Length, start + random.Next(12))..]];
    }

    private static byte[] Noise(byte[] input, Random random)
    {
        var noise = new byte[random.Next(200)];
        random.NextBytes(noise);
        return random.Next(3) == 0 ? noise : [.. input, .. noise];
    }

    /// <summary>A part comes many times.</summary>
    private static byte[] Repeat(byte[] input, Random random)
    {
        var start = random.Next(input.Length + 1);
        var part = input[start..Math.Min(input.Length, start + random.Next(40))];
        return [.. input[..start], .. Enumerable.Repeat(part, random.Next(1, 200)).SelectMany(bytes => bytes), .. input[start..]];
    }

    private static byte[] Insert(byte[] input, int place, string text) => [.. input[..place], .. Encoding.UTF8.GetBytes(text), .. input[place..]];

    private static string ReplaceFirst(string text, string old, string with) =>
        text.IndexOf(old, StringComparison.Ordinal) is var place && place >= 0 ? string.Concat(text.AsSpan(0, place), with, text.AsSpan(place + old.Length)) : text;
}
