// Frames of ds.v1 damaged at random: read or refused, to the end, and never an exception.
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Security.Fuzz;

namespace DistributedSockets.Tests.Protocol;

public sealed class CommandFuzzTests
{
    private static readonly IReadOnlyList<string> Commands = FuzzCorpus.Commands;

    private static readonly string[] Tokens =
    [
        "null", "true", "7", "-1", "1e999", "1.5", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[[[[", "}", "]", "{", "\"", "\\", ",", ":", "\"type\":", "\"id\":", "\"to\":", "\"body\":",
        "\"client\":", "\"t\":", "\"msg\"", "\"hello\"", "\n", "//", "\uFEFF", "\0", "9223372036854775808",
    ];

    [Fact]
    public void Bytes_damaged_at_random_never_throw()
    {
        var random = new Random(20260101);
        ReadOnlySpan<byte> likely = "{}[]\",:\\ue0\0\xff"u8;
        for (var round = 0; round < 30_000; round++)
        {
            var frame = Encoding.UTF8.GetBytes(Frame(random));
            for (var damage = random.Next(1, 6); damage > 0; damage--)
            {
                frame[random.Next(frame.Length)] = random.Next(2) == 0 ? likely[random.Next(likely.Length)] : (byte)random.Next(256);
            }

            Command.ReadAll(frame.AsSpan(0, random.Next(frame.Length + 1)));
        }
    }

    [Fact]
    public void Tokens_put_in_the_place_of_others_never_throw()
    {
        var random = new Random(20260102);
        for (var round = 0; round < 30_000; round++)
        {
            var frame = Frame(random);
            for (var damage = random.Next(1, 4); damage > 0; damage--)
            {
                var start = random.Next(frame.Length);
                var end = Math.Min(frame.Length, start + random.Next(12));
                frame = string.Concat(frame.AsSpan(0, start), Tokens[random.Next(Tokens.Length)], frame.AsSpan(end));
            }

            Command.ReadAll(Encoding.UTF8.GetBytes(frame));
        }
    }

    /// <summary>Damage that leaves the JSON whole: every field of every command with every kind of value.</summary>
    [Fact]
    public void Values_of_other_types_never_throw_and_leave_the_next_command_alone()
    {
        string[] fields = ["type", "to", "body", "id", "ttl", "ct", "trace", "seq", "from", "upto", "on", "t", "room", "device", "resume", "ack", "mid", "epoch", "token", "client", "rseq", "since", "after", "before", "limit", "op", "users", "status"];
        string[] values = ["null", "true", "7", "-1", "1e999", "1.5", "\"\"", "\"x\"", "\"\\ud800\"", "[]", "{}", """{"name":7}""", """{"version":"\udfff"}""", "9223372036854775808"];
        foreach (var command in Commands)
        {
            foreach (var field in fields)
            {
                foreach (var value in values)
                {
                    var commands = Command.ReadAll(Encoding.UTF8.GetBytes($$"""{{command[..^1]}},"{{field}}":{{value}}}{"type":"ack","seq":7}"""));
                    Assert.Equal(2, commands.Count);
                    Assert.Equal(new Command(CommandKind.Ack) { Seq = 7 }, commands[1]);
                }
            }
        }
    }

    [Fact]
    public void Invalid_utf8_never_throws()
    {
        byte[][] broken = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]];
        foreach (var command in Commands)
        {
            var whole = Encoding.UTF8.GetBytes(command);
            foreach (var bytes in broken)
            {
                for (var place = 0; place <= whole.Length; place++)
                {
                    Command.ReadAll([.. whole[..place], .. bytes, .. whole[place..]]);
                }
            }
        }
    }

    private static string Frame(Random random) =>
        string.Join(random.Next(2) == 0 ? "" : "\n", Enumerable.Range(0, random.Next(1, 4)).Select(_ => Commands[random.Next(Commands.Count)]));
}
