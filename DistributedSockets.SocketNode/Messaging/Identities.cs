// The names of things that travel: who, on which device, over which connection, by which node.
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace DistributedSockets.SocketNode.Messaging;

/// <summary>Who. Opaque: 1 to 128 Unicode scalar values, no control characters, no white space at the ends.</summary>
internal readonly record struct UserId(string Value)
{
    public static bool TryParse(string? value, out UserId userId, [NotNullWhen(false)] out string? problem, string name = "user_id")
    {
        problem = IdRules.Problem(value, name);
        userId = problem is null ? new UserId(value!) : default;
        return problem is null;
    }

    /// <summary>For logs and traces: what could forge or turn around a line is escaped.</summary>
    public override string ToString() => IdRules.Printable(Value);
}

/// <summary>Which of a user's devices. A device has its own cursor in the user's inbox.</summary>
internal readonly record struct DeviceId(string Value)
{
    /// <summary>The device that all plain connections of a user share. No device can call itself that.</summary>
    public static readonly DeviceId Plain = new("");

    public override string ToString() => this == Plain ? "plain" : IdRules.Printable(Value);
}

/// <summary>One live WebSocket on one node; unique over the cluster.</summary>
internal readonly record struct ConnectionId(string Value)
{
    public static ConnectionId New() => new(Guid.NewGuid().ToString("N"));

    public override string ToString() => Value;
}

/// <summary>One message; unique over the cluster and sortable by time of creation: a version 7 UUID in 32 digits.</summary>
internal readonly record struct MessageId(string Value)
{
    /// <summary>Characters of an id of ours.</summary>
    public const int Length = 32;

    public MessageId(Guid uuid)
        : this(uuid.ToString("N"))
    {
    }

    public static MessageId New(TimeProvider time) => new(NewUuid(time.GetUtcNow()));

    /// <summary>The random part need not be secret, so it does not cost a call of the system each.</summary>
    public static Guid NewUuid(DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.Shared.NextBytes(bytes[6..]);
        BinaryPrimitives.WriteInt64BigEndian(bytes, (now.ToUnixTimeMilliseconds() << 16) | ((long)bytes[6] << 8) | bytes[7]);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0F));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true);
    }

    public override string ToString() => Value;
}

/// <summary>The name of a node (<c>SERVER_ID</c>): <c>[A-Za-z0-9_-]{1,64}</c>, since it becomes part of a routing key.</summary>
internal readonly record struct NodeId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>One boot of one node. Numbers only rise, so a node that restarted is never mistaken for its dead self.</summary>
internal readonly record struct NodeIncarnation(NodeId Node, long Number)
{
    /// <summary>Reads what <see cref="ToString"/> wrote: <c>server-1#1764000000000</c>.</summary>
    public static bool TryParse(string text, out NodeIncarnation incarnation)
    {
        var mark = text.LastIndexOf('#');
        if (mark > 0 && long.TryParse(text.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            incarnation = new NodeIncarnation(new NodeId(text[..mark]), number);
            return true;
        }

        incarnation = default;
        return false;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Node.Value}#{Number}");
}

/// <summary>What every id that a stranger may send has to obey.</summary>
internal static class IdRules
{
    public const int MaxScalars = 128;

    /// <summary>The id with its invisible characters (direction marks, line separators, unassigned ones) written as <c>\u{…}</c>, and the backslash as <c>\\</c>.</summary>
    public static string Printable(string id)
    {
        if (id.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' or '@'))
        {
            return id;
        }

        var text = new StringBuilder();
        foreach (var rune in id.EnumerateRunes())
        {
            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned:
                    text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
                    break;
                default:
                    text.Append(rune.Value == '\\' ? "\\\\" : rune.ToString());
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>What is wrong with <paramref name="value"/>, or null.</summary>
    public static string? Problem(string? value, string name)
    {
        if (string.IsNullOrEmpty(value))
        {
            return $"{name} required";
        }

        var scalars = 0;
        for (var index = 0; index < value.Length; scalars++)
        {
            if (!Rune.TryGetRuneAt(value, index, out var rune))
            {
                return $"{name} is not valid Unicode";
            }

            if (Rune.IsControl(rune))
            {
                return $"{name} contains a control character";
            }

            index += rune.Utf16SequenceLength;
        }

        if (scalars > MaxScalars)
        {
            return $"{name} is longer than {MaxScalars} characters";
        }

        return char.IsWhiteSpace(value[0]) || char.IsWhiteSpace(value[^1]) ? $"{name} has white space at its ends" : null;
    }
}
