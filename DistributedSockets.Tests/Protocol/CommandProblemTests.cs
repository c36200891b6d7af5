// What is refused in a ds.v1 frame, with what words, and what becomes of the rest of the frame.
using System.Text;
using DistributedSockets.Protocol;

namespace DistributedSockets.Tests.Protocol;

public sealed class CommandProblemTests
{
    [Theory]
    [InlineData("{}", "'type' is missing")]
    [InlineData("""{"type":null,"to":null}""", "'type' is missing")]
    [InlineData("""{"type":7,"to":"bob"}""", "'type' must be a string")]
    [InlineData("""{"type":"\ud800"}""", """type '\ud800' is unknown""")]
    [InlineData("""{"type":"MSG","to":"bob","body":1}""", "type 'MSG' is unknown")]
    [InlineData("""{"type":"é\u0000\n"}""", """type '??\u0000\n' is unknown""")]
    [InlineData("""{"type":"12345678901234567890123456789012"}""", "type '12345678901234567890123456789012' is unknown")]
    [InlineData("""{"type":"123456789012345678901234567890123"}""", "type '12345678901234567890123456789012…' is unknown")]
    [InlineData("""{"type":"msg","body":1}""", "'to' is missing")]
    [InlineData("""{"type":"msg","to":null,"body":1}""", "'to' is missing")]
    [InlineData("""{"to":7,"body":1}""", "'to' must be a string")]
    [InlineData("""{"to":"bob"}""", "'body' is missing")]
    [InlineData("""{"to":"bob","body":1,"id":7}""", "'id' must be a string")]
    [InlineData("""{"to":"bob","body":1,"id":""}""", "'id' is empty")]
    [InlineData("""{"to":"bob","body":1,"id":"\udc00"}""", "'id' is not valid Unicode")]
    [InlineData("""{"to":"bob","body":1,"ct":[]}""", "'ct' must be a string")]
    [InlineData("""{"to":"bob","body":1,"ct":""}""", "'ct' is empty")]
    [InlineData("""{"to":"bob","body":1,"ttl":0}""", "'ttl' must be an integer from 1 to 2592000")]
    [InlineData("""{"to":"bob","body":1,"ttl":2592001}""", "'ttl' must be an integer from 1 to 2592000")]
    [InlineData("""{"to":"bob","body":1,"ttl":"60"}""", "'ttl' must be an integer from 1 to 2592000")]
    [InlineData("""{"to":"bob","body":1,"ttl":1.5}""", "'ttl' must be an integer from 1 to 2592000")]
    [InlineData("""{"to":"bob","body":1,"trace":1}""", "'trace' must be true or false")]
    [InlineData("""{"type":"ack"}""", "'seq' is missing")]
    [InlineData("""{"type":"ack","seq":null}""", "'seq' is missing")]
    [InlineData("""{"type":"ack","seq":-1}""", "'seq' must be an integer from 0 to 9007199254740991")]
    [InlineData("""{"type":"ack","seq":9007199254740992}""", "'seq' must be an integer from 0 to 9007199254740991")]
    [InlineData("""{"type":"ack","seq":1e400}""", "'seq' must be an integer from 0 to 9007199254740991")]
    [InlineData("""{"type":"read","upto":7}""", "'from' is missing")]
    [InlineData("""{"type":"read","from":"bob"}""", "'upto' is missing")]
    [InlineData("""{"type":"read","from":{},"upto":7}""", "'from' must be a string")]
    [InlineData("""{"type":"typing","on":true}""", "'to' is missing")]
    [InlineData("""{"type":"typing","to":"bob"}""", "'on' is missing")]
    [InlineData("""{"type":"typing","to":"bob","on":"yes"}""", "'on' must be true or false")]
    [InlineData("""{"type":"hello","device":7}""", "'device' must be a string")]
    [InlineData("""{"type":"hello","device":"\ud800"}""", "'device' is not valid Unicode")]
    [InlineData("""{"type":"hello","ack":-1}""", "'ack' must be an integer from 0 to 9007199254740991")]
    [InlineData("""{"type":"hello","client":"web"}""", "'client' must be an object")]
    [InlineData("""{"type":"hello","client":{"name":7}}""", "'client.name' must be a string")]
    [InlineData("""{"type":"hello","client":{"version":7}}""", "'client.version' must be a string")]
    [InlineData("[]", "a command must be a JSON object")]
    [InlineData("\"hi\"", "a command must be a JSON object")]
    [InlineData("7", "a command must be a JSON object")]
    public void Command_that_is_not_one_is_refused_with_the_reason(string frame, string reason) =>
        Assert.Equal(new CommandProblem(ErrorCode.BadFrame, reason, null), ProblemOf(frame));

    [Theory]
    [InlineData("to")]
    [InlineData("from")]
    public void Name_that_no_user_can_have_is_a_bad_recipient(string field)
    {
        var rest = field == "to" ? "\"body\":1" : "\"type\":\"read\",\"upto\":7";

        Assert.Equal(
            new CommandProblem(ErrorCode.BadRecipient, $"'{field}' is not valid Unicode", "m1"),
            ProblemOf($$"""{"{{field}}":"\ud800","id":"m1",{{rest}}}"""));
        foreach (var length in (int[])[257, 1000, 5000])
        {
            Assert.Equal(
                new CommandProblem(ErrorCode.BadRecipient, $"'{field}' is longer than a name may be", null),
                ProblemOf($$"""{"{{field}}":"{{new string('x', length)}}",{{rest}}}"""));
        }
    }

    [Theory]
    [InlineData("id", 64)]
    [InlineData("ct", 128)]
    public void Texts_of_a_message_have_a_greatest_length(string field, int length) =>
        HasGreatestLength(length, text => $$"""{"to":"bob","body":1,"{{field}}":"{{text}}"}""", field);

    [Theory]
    [InlineData("resume", 64)]
    [InlineData("mid", 64)]
    [InlineData("epoch", 64)]
    [InlineData("token", 8192)]
    public void Texts_of_a_hello_have_a_greatest_length(string field, int length) =>
        HasGreatestLength(length, text => $$"""{"type":"hello","{{field}}":"{{text}}"}""", field);

    [Theory]
    [InlineData("name")]
    [InlineData("version")]
    public void Texts_about_the_client_have_a_greatest_length(string field) =>
        HasGreatestLength(128, text => $$$"""{"type":"hello","client":{"{{{field}}}":"{{{text}}}"}}""", $"client.{field}");

    [Theory]
    [InlineData("""{"to":"bob","room":"r","body":1,"id":"m1"}""", "to")]
    [InlineData("""{"type":"read","from":"bob","room":"r","upto":7,"id":"m1"}""", "from")]
    [InlineData("""{"type":"typing","to":"bob","room":"r","on":true,"id":"m1"}""", "to")]
    public void User_and_room_at_once_are_refused(string frame, string field) =>
        Assert.Equal(new CommandProblem(ErrorCode.BadFrame, $"'room' and '{field}' are both there: it is one or the other", "m1"), ProblemOf(frame));

    [Theory]
    [InlineData("""{"type":"join","id":"m1"}""", "'room' is missing")]
    [InlineData("""{"type":"join","room":"r","since":7,"id":"m1"}""", "'since' must be an object")]
    [InlineData("""{"type":"join","room":"r","since":{"rseq":7},"id":"m1"}""", "'since.epoch' is missing")]
    [InlineData("""{"type":"members","room":"r","limit":101,"id":"m1"}""", "'limit' must be an integer from 1 to 100")]
    [InlineData("""{"type":"ack","room":"r","id":"m1"}""", "'rseq' is missing")]
    [InlineData("""{"type":"history","room":"r","before":1,"after":2,"id":"m1"}""", "'before' and 'after' are both there: it is one or the other")]
    [InlineData("""{"type":"edit","room":"r","mid":"x","id":"m1"}""", "'body' is missing")]
    [InlineData("""{"type":"delete","room":"r","id":"m1"}""", "'mid' is missing")]
    public void Field_of_a_room_command_is_named(string frame, string problem) =>
        Assert.Equal(new CommandProblem(ErrorCode.BadFrame, problem, "m1"), ProblemOf(frame));

    [Theory]
    [InlineData("""{"id":"m1","type":"nonsense"}""")]
    [InlineData("""{"to":"bob","id":"m1"}""")]
    [InlineData("""{"to":"bob","id":"m1","body":{"a":tru}}""")]
    [InlineData("""{"to":"bob","id":"m1","body":[1,""")]
    public void Problem_names_the_id_where_one_was_read(string frame) => Assert.Equal("m1", ProblemOf(frame).Id);

    [Fact]
    public void Malformed_command_does_not_stop_the_rest_of_the_frame() =>
        Assert.Equal(
            [CommandKind.Invalid, CommandKind.Ack, CommandKind.Invalid, CommandKind.Message, CommandKind.Invalid, CommandKind.Bye],
            Read("""{"type":7} {"type":"ack","seq":1} {"to":"\ud800","body":1}{"to":"bob","body":2} [{"type":"bye"}] {"type":"bye"}""").Select(command => command.Kind));

    [Theory]
    [InlineData("garbage {\"type\":\"bye\"}")]
    [InlineData("{\"to\": {\"type\":\"bye\"}")]
    [InlineData("{\"type\":\"bye\"]{\"type\":\"bye\"}")]
    [InlineData("{type:'bye'} {\"type\":\"bye\"}")]
    [InlineData("// comment\n{\"type\":\"bye\"}")]
    [InlineData(", {\"type\":\"bye\"}")]
    [InlineData("\uFEFF{\"type\":\"bye\"}")]
    public void Broken_json_is_one_problem_and_the_end_of_the_frame(string garbage)
    {
        var commands = Read($$"""{"to":"bob","body":1} {{garbage}}""");

        Assert.Equal([CommandKind.Message, CommandKind.Invalid], commands.Select(command => command.Kind));
        Assert.Equal(ErrorCode.BadFrame, commands[1].Problem?.Code);
        Assert.StartsWith("not valid JSON", commands[1].Problem?.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncated_frame_is_refused()
    {
        const string Whole = """{"type":"msg","to":"bob","body":{"a":[1,"\u00e9"]},"id":"m1"}""";
        for (var length = 1; length < Whole.Length; length++)
        {
            Assert.Equal(CommandKind.Invalid, Assert.Single(Read(Whole[..length])).Kind);
        }
    }

    private static void HasGreatestLength(int length, Func<string, string> frame, string field)
    {
        foreach (var character in (string[])["x", "😀", "\\ud83d\\ude00"])
        {
            Assert.NotEqual(CommandKind.Invalid, Assert.Single(Read(frame(string.Concat(Enumerable.Repeat(character, length))))).Kind);
            Assert.Equal($"'{field}' is longer than {length} characters", ProblemOf(frame(string.Concat(Enumerable.Repeat(character, length + 1)))).Reason);
        }

        Assert.Equal($"'{field}' is longer than {length} characters", ProblemOf(frame(new string('x', length * 20))).Reason);
    }

    private static CommandProblem ProblemOf(string frame) => Assert.Single(Read(frame)).Problem ?? throw new InvalidOperationException("nothing was wrong");

    private static List<Command> Read(string frame) => Command.ReadAll(Encoding.UTF8.GetBytes(frame));
}
