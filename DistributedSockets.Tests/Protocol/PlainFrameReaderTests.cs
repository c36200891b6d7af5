// What the plain profile reads from a frame, and what it makes of everything else.
using System.Text;
using DistributedSockets.Protocol;

namespace DistributedSockets.Tests.Protocol;

public sealed class PlainFrameReaderTests
{
    [Theory]
    [InlineData("\"hi\"")]
    [InlineData("1e400")]
    [InlineData("-0.0")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("null")]
    [InlineData("\"\\u00e9\\ud83d\\ude00 é😀\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{ \"b\" : [ 1 , 2 ],\n\t\"b\" : { } }")]
    public void Body_is_passed_through_as_the_bytes_that_came(string body)
    {
        Assert.Equal([("bob", body)], Read($$"""{"to":"bob","body":{{body}}}""").Messages);
        Assert.Equal([("bob", body)], Read($$"""  { "body" : {{body}} , "to" : "bob" }  """).Messages);
    }

    [Fact]
    public void Frame_may_hold_several_messages_with_white_space_between_them()
    {
        var (messages, problem) = Read("""{"to":"a","body":1}{"to":"b","body":2}""" + " \r\n\t" + """{"to":"c","body":3}""");

        Assert.Equal([("a", "1"), ("b", "2"), ("c", "3")], messages);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("b\\u006fb", "bob")]
    [InlineData("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t")]
    [InlineData("\\ud83d\\ude00", "😀")]
    [InlineData("é", "é")]
    [InlineData("", "")]
    public void Recipient_may_be_written_with_escapes(string written, string recipient) =>
        Assert.Equal([(recipient, "1")], Read($$"""{"to":"{{written}}","body":1}""").Messages);

    [Fact]
    public void Recipient_of_the_greatest_length_is_read_in_every_spelling()
    {
        var longest = string.Concat(Enumerable.Repeat("😀", 128));
        var escaped = string.Concat(Enumerable.Repeat("\\ud83d\\ude00", 128));

        Assert.Equal([(longest, "1")], Read($$"""{"to":"{{longest}}","body":1}""").Messages);
        Assert.Equal([(longest, "1")], Read($$"""{"to":"{{escaped}}","body":1}""").Messages);
    }

    [Theory]
    [InlineData(257)]
    [InlineData(5000)]
    public void Recipient_that_is_too_long_is_refused(int length) =>
        Assert.Equal("'to' is too long", Read($$"""{"to":"{{new string('x', length)}}","body":1}""").Problem);

    [Fact]
    public void Unknown_fields_are_ignored_whatever_they_hold() =>
        Assert.Equal([("bob", "1")], Read("""{"x":{"to":"eve","body":[{}]},"to":"bob","\u0000":"\ud800","body":1,"TO":"eve"}""").Messages);

    [Fact]
    public void Of_duplicate_fields_the_last_counts() =>
        Assert.Equal([("bob", "2")], Read("""{"to":"eve","body":1,"to":"bob","body":2}""").Messages);

    [Fact]
    public void Field_names_may_be_written_with_escapes() =>
        Assert.Equal([("bob", "1")], Read("""{"\u0074o":"bob","b\u006fdy":1}""").Messages);

    [Fact]
    public void Field_name_that_is_no_valid_unicode_is_just_unknown() =>
        Assert.Equal([("bob", "1")], Read("""{"\ud800":0,"to":"bob","body":1}""").Messages);

    [Fact]
    public void Body_may_be_64_levels_deep_and_no_deeper()
    {
        Assert.Single(Read($$"""{"to":"bob","body":{{Nested(64)}}}""").Messages);
        Assert.NotNull(Read($$"""{"to":"bob","body":{{Nested(65)}}}""").Problem);
    }

    [Theory]
    [InlineData("""{"body":1}""", "'to' is missing")]
    [InlineData("""{"to":"bob"}""", "'body' is missing")]
    [InlineData("{}", "'to' is missing")]
    [InlineData("""{"to":7,"body":1}""", "'to' must be a string")]
    [InlineData("""{"to":null,"body":1}""", "'to' must be a string")]
    [InlineData("""{"to":["bob"],"body":1}""", "'to' must be a string")]
    [InlineData("""{"to":"\ud800","body":1}""", "'to' is not valid Unicode")]
    [InlineData("[]", "a message must be a JSON object")]
    [InlineData("\"hi\"", "a message must be a JSON object")]
    public void Message_that_is_not_one_is_refused_with_the_reason(string frame, string reason)
    {
        var (messages, problem) = Read(frame);

        Assert.Empty(messages);
        Assert.Equal(reason, problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n ")]
    public void Frame_without_a_message_is_no_problem(string frame)
    {
        var (messages, problem) = Read(frame);

        Assert.Empty(messages);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("{\"to\":")]
    [InlineData("[1]")]
    [InlineData("// comment")]
    [InlineData(",")]
    public void What_stands_before_garbage_is_read(string garbage)
    {
        var (messages, problem) = Read($$"""{"to":"bob","body":1} {{garbage}}""");

        Assert.Equal([("bob", "1")], messages);
        Assert.NotNull(problem);
    }

    [Fact]
    public void Every_truncated_frame_is_refused()
    {
        const string Whole = """{"to":"bob","body":{"a":[1,"\u00e9"]}}""";
        for (var length = 1; length < Whole.Length; length++)
        {
            var (messages, problem) = Read(Whole[..length]);
            Assert.Empty(messages);
            Assert.NotNull(problem);
        }
    }

    [Fact]
    public void Frames_damaged_at_random_are_read_or_refused_and_never_throw()
    {
        var random = new Random(20260101);
        var whole = Encoding.UTF8.GetBytes("""{"to":"b\u006fb é","body":{"a":[1e9,"\\x",null]}} {"to":"carol","body":"\ud83d\ude00"}""");
        ReadOnlySpan<byte> likely = "{}[]\",:\\ue0\0\xff"u8;
        for (var round = 0; round < 20_000; round++)
        {
            var frame = (byte[])whole.Clone();
            for (var damage = random.Next(1, 5); damage > 0; damage--)
            {
                frame[random.Next(frame.Length)] = random.Next(2) == 0 ? likely[random.Next(likely.Length)] : (byte)random.Next(256);
            }

            Read(frame.AsSpan(0, random.Next(frame.Length + 1)));
        }
    }

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    private static (List<(string To, string Body)> Messages, string? Problem) Read(string frame) => Read(Encoding.UTF8.GetBytes(frame));

    private static (List<(string To, string Body)> Messages, string? Problem) Read(ReadOnlySpan<byte> frame)
    {
        var messages = new List<(string, string)>();
        var reader = new PlainFrameReader(frame, stackalloc char[PlainFrameReader.RecipientLength]);
        while (reader.TryRead())
        {
            messages.Add((reader.To.ToString(), Encoding.UTF8.GetString(reader.Body)));
        }

        return (messages, reader.Problem);
    }
}
