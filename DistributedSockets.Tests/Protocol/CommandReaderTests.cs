// What a ds.v1 frame is read as: every command, and the order and spelling that a client may choose.
using System.Text;
using DistributedSockets.Protocol;

namespace DistributedSockets.Tests.Protocol;

public sealed class CommandReaderTests
{
    [Fact]
    public void Message_is_read_with_all_its_fields() =>
        Assert.Equal(
            new Command(CommandKind.Message, "bob", """{ "a" : 1 }""") { Id = "m1", Ttl = 60, ContentType = "text/plain", Trace = true },
            ReadOne("""{"type":"msg","to":"bob","body":{ "a" : 1 },"id":"m1","ttl":60,"ct":"text/plain","trace":true}"""));

    [Fact]
    public void Message_needs_no_more_than_a_recipient_and_a_body() =>
        Assert.Equal(new Command(CommandKind.Message, "bob", "1"), ReadOne("""{"to":"bob","body":1}"""));

    [Theory]
    [InlineData("""{"type":"ack","seq":7}""", 7)]
    [InlineData("""{"type":"ack","seq":0}""", 0)]
    [InlineData("""{"type":"ack","seq":9007199254740991}""", 9007199254740991)]
    public void Ack_says_up_to_where(string frame, long seq) => Assert.Equal(new Command(CommandKind.Ack) { Seq = seq }, ReadOne(frame));

    [Fact]
    public void Commands_for_conversations_name_the_other()
    {
        Assert.Equal(new Command(CommandKind.History, "bob") { Range = (7, null), Limit = 50, Id = "h" }, ReadOne("""{"type":"history","peer":"bob","before":7,"id":"h"}"""));
        Assert.Equal(new Command(CommandKind.Edit, "bob", "1") { Id = "e", Mid = "m", ContentType = "t" }, ReadOne("""{"type":"edit","to":"bob","mid":"m","body":1,"id":"e","ct":"t"}"""));
        Assert.Equal(new Command(CommandKind.Delete, "bob") { Id = "d", Mid = "m" }, ReadOne("""{"type":"delete","to":"bob","mid":"m","id":"d"}"""));
    }

    [Fact]
    public void Commands_for_rooms_name_the_room()
    {
        Assert.Equal(new Command(CommandKind.Join, "r") { IsRoom = true, Id = "j", Since = (7, "e") }, ReadOne("""{"type":"join","room":"r","since":{"rseq":7,"epoch":"e"},"id":"j"}"""));
        Assert.Equal(new Command(CommandKind.Join, "r") { IsRoom = true }, ReadOne("""{"type":"join","room":"r"}"""));
        Assert.Equal(new Command(CommandKind.Leave, "r") { IsRoom = true, Id = "l" }, ReadOne("""{"type":"leave","room":"r","id":"l"}"""));
        Assert.Equal(new Command(CommandKind.Members, "r") { IsRoom = true, After = "bob", Limit = 7 }, ReadOne("""{"type":"members","room":"r","after":"bob","limit":7}"""));
        Assert.Equal(new Command(CommandKind.History, "r") { IsRoom = true, Range = (null, 7), Limit = 50, Id = "h" }, ReadOne("""{"type":"history","room":"r","after":7,"id":"h"}"""));
        Assert.Equal(
            new Command(CommandKind.Edit, "r", "1") { IsRoom = true, Id = "e", Mid = "m", ContentType = "t" }, ReadOne("""{"type":"edit","room":"r","mid":"m","body":1,"id":"e","ct":"t"}"""));
        Assert.Equal(new Command(CommandKind.Delete, "r") { IsRoom = true, Id = "d", Mid = "m" }, ReadOne("""{"type":"delete","room":"r","mid":"m","id":"d"}"""));
        Assert.Equal(new Command(CommandKind.Members, "r") { IsRoom = true, Limit = 100 }, ReadOne("""{"type":"members","room":"r"}"""));
        Assert.Equal(new Command(CommandKind.Message, "r", "1") { IsRoom = true, Id = "m" }, ReadOne("""{"room":"r","body":1,"id":"m"}"""));
        Assert.Equal(new Command(CommandKind.Ack, "r") { IsRoom = true, Seq = 7 }, ReadOne("""{"type":"ack","room":"r","rseq":7}"""));
        Assert.Equal(new Command(CommandKind.Read, "r") { IsRoom = true, Seq = 7 }, ReadOne("""{"type":"read","room":"r","upto":7}"""));
        Assert.Equal(new Command(CommandKind.Typing, "r") { IsRoom = true, On = true }, ReadOne("""{"type":"typing","room":"r","on":true}"""));
    }

    [Fact]
    public void What_one_command_says_of_a_room_does_not_stick_to_the_next() =>
        Assert.Equal(
            [new Command(CommandKind.Message, "r", "1") { IsRoom = true }, new Command(CommandKind.Message, "bob", "2"), new Command(CommandKind.Ack) { Seq = 3 }],
            Command.ReadAll("""{"room":"r","body":1}{"to":"bob","body":2}{"type":"ack","seq":3}"""u8));

    [Fact]
    public void Read_mark_says_whose_messages_and_up_to_where() =>
        Assert.Equal(new Command(CommandKind.Read, "alice") { Seq = 7 }, ReadOne("""{"type":"read","from":"alice","upto":7}"""));

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public void Typing_begins_and_ends(string written, bool on) =>
        Assert.Equal(new Command(CommandKind.Typing, "bob") { On = on }, ReadOne($$"""{"type":"typing","to":"bob","on":{{written}}}"""));

    [Theory]
    [InlineData("""{"type":"ping"}""", "")]
    [InlineData("""{"type":"ping","t":null}""", "")]
    [InlineData("""{"type":"ping","t":17}""", "17")]
    [InlineData("""{"type":"ping","t":{ "a" : "\u00e9" }}""", """{ "a" : "\u00e9" }""")]
    public void Ping_brings_any_value_as_the_bytes_that_came(string frame, string t) => Assert.Equal(new Command(CommandKind.Ping) { T = t }, ReadOne(frame));

    [Fact]
    public void Ping_brings_256_bytes_at_most()
    {
        Assert.Equal(CommandKind.Ping, ReadOne($$"""{"type":"ping","t":"{{new string('x', 254)}}"}""").Kind);
        Assert.Equal("'t' is longer than 256 bytes", ReadOne($$"""{"type":"ping","t":"{{new string('x', 255)}}"}""").Problem?.Reason);
    }

    [Fact]
    public void Bye_is_read() => Assert.Equal(new Command(CommandKind.Bye), ReadOne("""{"type":"bye"}"""));

    [Fact]
    public void Hello_is_read_with_all_its_fields() =>
        Assert.Equal(
            new Command(CommandKind.Hello) { Hello = new HelloFrame("phone", "r", 7, "m", "e", "jwt", "web", "1.2") },
            ReadOne("""{"type":"hello","device":"phone","resume":"r","ack":7,"mid":"m","epoch":"e","token":"jwt","client":{"name":"web","version":"1.2","type":"x"}}"""));

    [Theory]
    [InlineData("""{"type":"hello"}""")]
    [InlineData("""{"type":"hello","device":null,"resume":null,"ack":null,"mid":null,"epoch":null,"token":null,"client":null}""")]
    [InlineData("""{"type":"hello","client":{}}""")]
    [InlineData("""{"type":"hello","name":"web","version":"1"}""")]
    public void Hello_may_hold_nothing(string frame) =>
        Assert.Equal(new Command(CommandKind.Hello) { Hello = new HelloFrame(null, null, null, null, null, null, null, null) }, ReadOne(frame));

    [Theory]
    [InlineData("""{"type":"msg","to":"bob","body":1,"id":null,"ttl":null,"ct":null,"trace":null,"room":null}""")]
    [InlineData("""{"type":null,"to":"bob","body":1}""")]
    public void Null_for_an_optional_field_is_no_field(string frame) => Assert.Equal(new Command(CommandKind.Message, "bob", "1"), ReadOne(frame));

    [Fact]
    public void Null_is_a_body() => Assert.Equal(new Command(CommandKind.Message, "bob", "null"), ReadOne("""{"to":"bob","body":null}"""));

    [Fact]
    public void Type_may_come_last()
    {
        Assert.Equal(new Command(CommandKind.Ack) { Seq = 7 }, ReadOne("""{"to":5,"seq":7,"type":"ack"}"""));
        Assert.Equal(new Command(CommandKind.Typing, "bob") { On = true }, ReadOne("""{"on":true,"body":1,"to":"bob","type":"typing"}"""));
        Assert.Equal(new Command(CommandKind.Read, "alice") { Seq = 7 }, ReadOne("""{"upto":7,"from":"alice","to":"bob","type":"read"}"""));
    }

    [Fact]
    public void Of_a_field_given_twice_the_last_counts() =>
        Assert.Equal(
            new Command(CommandKind.Message, "bob", "2") { Id = "b" },
            ReadOne("""{"type":"ack","to":"eve","body":1,"id":7,"ttl":60,"to":"bob","body":2,"id":"b","ttl":null,"type":"msg"}"""));

    [Fact]
    public void Unknown_fields_are_ignored_whatever_they_hold() =>
        Assert.Equal(
            new Command(CommandKind.Message, "bob", "1"),
            ReadOne("""{"x":{"type":"ack","body":[{}]},"\ud800":1,"to":"bob","seq":"no","\u0000":"\ud800","body":1,"TO":"eve","from":8,"client":[]}"""));

    [Fact]
    public void Names_and_values_may_be_written_with_escapes() =>
        Assert.Equal(
            new Command(CommandKind.Message, "b😀b", "1") { Id = "é\"" },
            ReadOne("""{"\u0074ype":"\u006dsg","t\u006f":"b\ud83d\ude00b","body":1,"\u0069d":"\u00e9\""}"""));

    [Fact]
    public void Recipient_of_the_greatest_length_is_read_in_every_spelling()
    {
        var longest = string.Concat(Enumerable.Repeat("😀", 128));
        var escaped = string.Concat(Enumerable.Repeat("\\ud83d\\ude00", 128));

        Assert.Equal(longest, ReadOne($$"""{"to":"{{longest}}","body":1}""").Target);
        Assert.Equal(longest, ReadOne($$"""{"to":"{{escaped}}","body":1}""").Target);
    }

    [Fact]
    public void Body_may_be_64_levels_deep_and_no_deeper()
    {
        Assert.Equal(CommandKind.Message, ReadOne($$"""{"to":"bob","body":{{Nested(64)}}}""").Kind);
        Assert.Contains("64 levels", ReadOne($$"""{"id":"m1","to":"bob","body":{{Nested(65)}}}""").Problem?.Reason);
    }

    [Fact]
    public void Frame_may_hold_several_commands_with_white_space_between_them() =>
        Assert.Equal(
            [new Command(CommandKind.Message, "a", "1"), new Command(CommandKind.Message, "b", "2"), new Command(CommandKind.Ack) { Seq = 7 }],
            Read("""{"to":"a","body":1}{"to":"b","body":2}""" + " \r\n\t" + """{"type":"ack","seq":7} """));

    [Theory]
    [InlineData("")]
    [InlineData("  \n ")]
    public void Frame_without_a_command_is_no_problem(string frame) => Assert.Empty(Read(frame));

    [Fact]
    public void Rest_of_a_frame_can_be_read_by_another_reader()
    {
        var frame = """ {"to":"a","body":1} {"type":"msg"} [1] {"to":"b","body":2} {"to" """u8;
        var whole = Read(Encoding.UTF8.GetString(frame));
        var kinds = new List<CommandKind>();
        for (var reader = NewReader(frame); reader.TryRead(); reader = NewReader(frame))
        {
            Assert.InRange(reader.BytesConsumed, 1, frame.Length);
            kinds.Add(reader.Kind);
            frame = frame[reader.BytesConsumed..];
        }

        Assert.Equal([CommandKind.Message, CommandKind.Invalid, CommandKind.Invalid, CommandKind.Message, CommandKind.Invalid], kinds);
        Assert.Equal(whole.Select(command => command.Kind), kinds);
    }

    [Fact]
    public void Recipient_and_body_are_read_without_allocating()
    {
        var frame = """{"body":{"a":[1,2,3]},"to":"b\u006fb","type":"msg"} {"on":true,"to":"bob","type":"typing"}"""u8;
        Span<char> target = stackalloc char[PlainFrameReader.RecipientLength];
        var read = 0;
        var before = 0L;
        for (var round = 0; round < 100; round++)
        {
            // The first round may compile and initialise.
            before = round == 1 ? GC.GetAllocatedBytesForCurrentThread() : before;
            var reader = new CommandReader(frame, target);
            while (reader.TryRead())
            {
                read += reader.Kind == CommandKind.Invalid ? 0 : 1;
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(200, read);
    }

    private static CommandReader NewReader(ReadOnlySpan<byte> frame) => new(frame, new char[PlainFrameReader.RecipientLength]);

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    private static Command ReadOne(string frame) => Assert.Single(Read(frame));

    private static List<Command> Read(string frame) => Command.ReadAll(Encoding.UTF8.GetBytes(frame));
}
