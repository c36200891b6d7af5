// Every field that a ds.v1 command may have, and its name on the wire.
using System.Text;
using System.Text.Json;

namespace DistributedSockets.Protocol;

/// <summary>Every field that some command has.</summary>
internal enum CommandField
{
    To,
    Body,
    Type,
    Id,
    Seq,
    Ttl,
    Ct,
    Trace,
    From,
    Upto,
    On,
    T,
    Room,
    Peer,
    Rseq,
    Since,
    After,
    Before,
    Limit,
    Device,
    Resume,
    Ack,
    Mid,
    Epoch,
    Token,
    Op,
    Users,
    Status,
    Client,
    Name,
    Version,
}

/// <summary>The names of the fields.</summary>
internal static class CommandFieldNames
{
    /// <summary>In the order of <see cref="CommandField"/>.</summary>
    public static readonly byte[][] All = [.. Enum.GetNames<CommandField>().Select(static name => Encoding.ASCII.GetBytes(name.ToLowerInvariant()))];

    public static string Name(this CommandField field) => Encoding.ASCII.GetString(All[(int)field]);

    /// <summary>The place of the reader's string or field name among <paramref name="texts"/>, or -1.</summary>
    public static int IndexIn(ref Utf8JsonReader reader, byte[][] texts)
    {
        try
        {
            for (var index = 0; index < texts.Length; index++)
            {
                if (reader.ValueTextEquals(texts[index]))
                {
                    return index;
                }
            }
        }
        catch (InvalidOperationException)
        {
            // Escapes that are no valid Unicode: valid JSON, and some other text.
        }

        return -1;
    }
}
