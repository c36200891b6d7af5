// What a ds.v1 client receives, byte for byte.
using System.Buffers;
using System.Text;
using System.Text.Json;
using DistributedSockets.Protocol;

namespace DistributedSockets.Tests.Protocol;

public sealed class PushFrameTests
{
    private static readonly WelcomeFrame Welcome = new("alice", "phone", "c1", "r1", "server-1", "e1", 42, true, null, null, 20_000, 65_536, 0);

    [Fact]
    public void Everyones_room_has_no_count() => Assert.Equal(
        """{"type":"joined","room":"ds.all","rseq":17,"epoch":"e1","after":12,"read":11}""",
        Write(writer => PushFrame.WriteJoined(writer, new JoinedFrame("ds.all", 17, "e1", 12, Count: 0, 11, null, null, null))));

    [Fact]
    public void Presence_of_a_room()
    {
        PresentMember[] members = [new("bob", 7, "{}"u8.ToArray()), new("c\"", 8, default)];
        Assert.Equal(
            """{"type":"presence","room":"r","members":[{"user":"bob","since":7,"status":{}},{"user":"c\"","since":8}],"count":3,"more":true,"id":"p"}""",
            Write(writer => PushFrame.WriteRoomPresence(writer, "r", members, 3, more: true, "p")));
        Assert.Equal(
            """{"type":"presence","room":"r","members":[],"count":1}""", Write(writer => PushFrame.WriteRoomPresence(writer, "r", [], 1, more: false, id: null)));
        Assert.Equal(
            """{"type":"presence","room":"r","joined":[{"user":"bob","since":7,"status":{}}],"left":["a","b"],"count":3}""",
            Write(writer => PushFrame.WriteRoomPresenceChange(writer, "r", members[..1], ["a", "b"], 3)));
        Assert.Equal("""{"type":"presence","room":"r","joined":[],"left":[],"count":3}""", Write(writer => PushFrame.WriteRoomPresenceChange(writer, "r", [], [], 3)));
        Assert.Equal("""{"type":"presence","op":"unsub","room":"r"}""", Write(writer => PushFrame.WriteRoomPresenceEnded(writer, "r")));
    }

    [Fact]
    public void Pushes_about_rooms_have_their_fields_in_the_order_of_the_protocol()
    {
        var joined = new JoinedFrame("r", 17, "e1", 12, 3, 11, null, null, null);
        Assert.Equal("""{"type":"joined","room":"r","rseq":17,"epoch":"e1","after":12,"count":3,"read":11}""", Write(writer => PushFrame.WriteJoined(writer, joined)));
        Assert.Equal(
            """{"type":"joined","room":"r","rseq":17,"epoch":"e1","after":12,"count":3,"read":11,"members":["a\"","b"],"reason":"trimmed","gap":{"from":3,"to":12,"room":"r"},"id":"j"}""",
            Write(writer => PushFrame.WriteJoined(writer, joined with { Members = ["a\"", "b"], Reason = "trimmed", Gap = (3, 12), Id = "j" })));
        Assert.Equal("""{"type":"left","room":"r"}""", Write(writer => PushFrame.WriteLeft(writer, "r", null)));
        Assert.Equal("""{"type":"members","room":"r","members":[],"count":0,"more":false,"id":"q"}""", Write(writer => PushFrame.WriteMembers(writer, "r", [], 0, false, "q")));
        Assert.Equal(
            """{"type":"msg","from":"a","room":"r","body":{"x":1},"mid":"m","ts":5,"rseq":7,"id":"i","ct":"t","redelivered":true}""",
            Write(writer => PushFrame.WriteRoomMessage(writer, "a", "r", """{"x":1}"""u8, "m", 5, 7, "i", "t", redelivered: true)));
        Assert.Equal("""{"type":"msg","from":"a","room":"r","body":1,"mid":"m","ts":5}""", Write(writer => PushFrame.WriteRoomMessage(writer, "a", "r", "1"u8, "m", 5, 0, null, null, redelivered: false)));
        Assert.Equal("""{"type":"ack","id":"i","mid":"m","rseq":7,"ts":5,"state":"stored","dup":true}""", Write(writer => PushFrame.WriteRoomAck(writer, "i", "m", 7, 5, dup: true)));
        Assert.Equal("""{"type":"typing","from":"a","room":"r","on":false}""", Write(writer => PushFrame.WriteRoomTyping(writer, "a", "r", on: false)));
        Assert.Equal("""{"type":"read","room":"r","upto":7}""", Write(writer => PushFrame.WriteRoomRead(writer, "r", 7)));
    }

    [Fact]
    public void Message() =>
        Assert.Equal(
            """{"type":"msg","from":"alice","to":"bob","body":{ "a" : 1e400 },"mid":"m1","ts":1764000000123}""",
            Write(writer => PushFrame.WriteMessage(writer, "alice", "bob", """{ "a" : 1e400 }"""u8, "m1", 1764000000123, 0, null, null, false)));

    [Fact]
    public void Message_with_everything() =>
        Assert.Equal(
            """{"type":"msg","from":"a\"","to":"é","body":1,"mid":"m1","ts":1,"seq":9007199254740991,"id":"i\n","ct":"text/plain","redelivered":true}""",
            Write(writer => PushFrame.WriteMessage(writer, "a\"", "é", "1"u8, "m1", 1, 9007199254740991, "i\n", "text/plain", true)));

    [Fact]
    public void Presence()
    {
        PresenceDevice[] devices = [new("my \"phone\"", true, 5), new(null, false, 4)];
        Assert.Equal(
            """{"type":"presence","user":"bob","online":false,"v":0}""", Write(writer => PushFrame.WritePresence(writer, "bob", false, 0, default, 0, null, null)));
        Assert.Equal(
            """{"type":"presence","user":"é","online":true,"since":1764000000000,"status":{ "text":"lunch"},"v":7,"devices":[{"device":"my \"phone\"","online":true,"since":5},{"plain":true,"online":false,"since":4}],"id":"p1"}""",
            Write(writer => PushFrame.WritePresence(writer, "é", true, 1764000000000, "{\n\"text\":\"lunch\"}"u8, 7, devices, "p1")));
        Assert.Equal("""{"type":"presence","op":"unsub","id":"p1"}""", Write(writer => PushFrame.WritePresenceEnded(writer, "p1")));
    }

    [Theory]
    [InlineData("{\n\t\"a\":\r\n1}", "{ \t\"a\":  1}")]
    [InlineData("[\n]", "[ ]")]
    [InlineData("[\r]", "[ ]")]
    [InlineData("\"\\n\\r\"", "\"\\n\\r\"")]
    public void Line_break_in_a_body_is_sent_as_a_space(string body, string written) =>
        Assert.Equal(
            $$"""{"type":"msg","from":"a","to":"b","body":{{written}},"mid":"m","ts":1}""",
            Write(writer => PushFrame.WriteMessage(writer, "a", "b", Encoding.UTF8.GetBytes(body), "m", 1, 0, null, null, false)));

    [Fact]
    public void Ack()
    {
        Assert.Equal(
            """{"type":"ack","id":"i\"1","mid":"m1","seq":7,"ts":1,"state":"stored"}""",
            Write(writer => PushFrame.WriteAck(writer, "i\"1", "m1", 7, 1, false)));
        Assert.Equal(
            """{"type":"ack","id":"i1","mid":"m1","seq":7,"ts":1,"state":"stored","dup":true}""",
            Write(writer => PushFrame.WriteAck(writer, "i1", "m1", 7, 1, true)));
    }

    [Fact]
    public void Receipt()
    {
        Assert.Equal(
            """{"type":"receipt","mid":["a"],"peer":"bob","state":"delivered","ts":1,"seq":7,"id":"r1"}""",
            Write(writer => PushFrame.WriteReceipt(writer, "\"mid\":[\"a\"],\"peer\":\"bob\",\"state\":\"delivered\",\"ts\":1"u8, 7, "r1")));
        Assert.Equal("""{"type":"receipt","mid":["a"],"id":"r1"}""", Write(writer => PushFrame.WriteReceipt(writer, "\"mid\":[\"a\"]"u8, 0, "r1")));
    }

    [Theory]
    [InlineData(ErrorCode.BadFrame, "bad_frame", false)]
    [InlineData(ErrorCode.Unauthenticated, "unauthenticated", false)]
    [InlineData(ErrorCode.Forbidden, "forbidden", false)]
    [InlineData(ErrorCode.NoSuchRoom, "no_such_room", false)]
    [InlineData(ErrorCode.TooLarge, "too_large", false)]
    [InlineData(ErrorCode.BadRecipient, "bad_recipient", false)]
    [InlineData(ErrorCode.RateLimited, "rate_limited", true)]
    [InlineData(ErrorCode.Unavailable, "unavailable", true)]
    [InlineData(ErrorCode.IdReused, "id_reused", false)]
    [InlineData(ErrorCode.InboxFull, "inbox_full", true)]
    public void Error_says_whether_it_is_temporary(ErrorCode code, string written, bool temporary) =>
        Assert.Equal(
            $$"""{"type":"error","code":"{{written}}","reason":"'to' is missing","temporary":{{(temporary ? "true" : "false")}}}""",
            Write(writer => PushFrame.WriteError(writer, code, "'to' is missing", null, null)));

    [Fact]
    public void Error_about_a_message_that_may_be_sent_again() =>
        Assert.Equal(
            """{"type":"error","id":"i1","code":"unavailable","reason":"try again","temporary":true,"retryMs":1000}""",
            Write(writer => PushFrame.WriteError(writer, ErrorCode.Unavailable, "try again", "i1", 1000)));

    [Fact]
    public void Error_names_the_limit_that_was_reached() =>
        Assert.Equal(
            """{"type":"error","code":"rate_limited","reason":"slower","temporary":true,"retryMs":20,"limit":"Limits:MessagesPerSecond"}""",
            Write(writer => PushFrame.WriteError(writer, ErrorCode.RateLimited, "slower", null, 20, "Limits:MessagesPerSecond")));

    [Fact]
    public void Every_error_code_has_a_text_of_its_own() =>
        Assert.Equal(Enum.GetValues<ErrorCode>().Length, Enum.GetValues<ErrorCode>().Select(ErrorCodes.WireText).Distinct().Count());

    [Fact]
    public void Welcome_back() =>
        Assert.Equal(
            """{"type":"welcome","user":"alice","device":"phone","session":"c1","resume":"r1","node":"server-1","epoch":"e1","seq":42,"resumed":true,"rooms":0,"pingMs":20000,"limits":{"frameBytes":65536,"sendPerSecond":0}}""",
            Write(writer => PushFrame.WriteWelcome(writer, Welcome)));

    [Fact]
    public void Welcome_with_a_token_says_when_it_ends() =>
        Assert.Contains(
            ""","expires":1764003600000,"pingMs":20000""", Write(writer => PushFrame.WriteWelcome(writer, Welcome with { Expires = 1_764_003_600_000 })), StringComparison.Ordinal);

    [Theory]
    [InlineData("a1", ""","id":"a1"}""")]
    [InlineData(null, "}")]
    public void Auth(string? id, string end) =>
        Assert.Equal(
            """{"type":"auth","user":"bob","expires":1764003600000""" + end, Write(writer => PushFrame.WriteAuth(writer, "bob", 1_764_003_600_000, id)));

    [Fact]
    public void Welcome_with_a_gap() =>
        Assert.Equal(
            """{"type":"welcome","user":"alice","device":"\"p\"","session":"c1","resume":"r1","node":"server-1","epoch":"e1","seq":42,"resumed":false,"reason":"trimmed","gap":{"from":3,"to":17},"rooms":0,"pingMs":20000,"limits":{"frameBytes":65536,"sendPerSecond":50}}""",
            Write(writer => PushFrame.WriteWelcome(writer, Welcome with { Device = "\"p\"", Resumed = false, Reason = "trimmed", Gap = (3, 17), SendPerSecond = 50 })));

    [Theory]
    [InlineData(true, "true")]
    [InlineData(false, "false")]
    public void Typing(bool on, string written) =>
        Assert.Equal($$"""{"type":"typing","from":"alice","to":"bob","on":{{written}}}""", Write(writer => PushFrame.WriteTyping(writer, "alice", "bob", on)));

    [Theory]
    [InlineData("", """{"type":"pong"}""")]
    [InlineData("17", """{"type":"pong","t":17}""")]
    [InlineData("[1,\r\n2]", """{"type":"pong","t":[1,  2]}""")]
    public void Pong_brings_back_what_the_ping_brought(string t, string written) =>
        Assert.Equal(written, Write(writer => PushFrame.WritePong(writer, Encoding.UTF8.GetBytes(t))));

    [Fact]
    public void Drain()
    {
        Assert.Equal("""{"type":"drain","afterMs":1500}""", Write(writer => PushFrame.WriteDrain(writer, 1500, null)));
        Assert.Equal("""{"type":"drain","afterMs":0,"url":"ws://b/ws"}""", Write(writer => PushFrame.WriteDrain(writer, 0, "ws://b/ws")));
    }

    [Fact]
    public void Trace()
    {
        TraceHop[] hops = [new(1, "server-1", "received", 0), new(2, "server-1", "stored", 350)];

        Assert.Equal("""{"type":"trace","mid":"m1","hops":[]}""", Write(writer => PushFrame.WriteTrace(writer, "m1", [])));
        Assert.Equal(
            """{"type":"trace","mid":"m1","hops":[{"at":1,"node":"server-1","step":"received","us":0},{"at":2,"node":"server-1","step":"stored","us":350}]}""",
            Write(writer => PushFrame.WriteTrace(writer, "m1", hops)));
    }

    [Fact]
    public void Push_is_appended_to_what_stands_there()
    {
        var writer = new ArrayBufferWriter<byte>();
        PushFrame.WritePong(writer, default);
        writer.Write("\n"u8);
        PushFrame.WriteMessage(writer, "a", "b", "[\n]"u8, "m", 1, 0, null, null, false);

        var lines = Encoding.UTF8.GetString(writer.WrittenSpan).Split('\n');
        Assert.Equal(["pong", "msg"], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()));
    }

    private static string Write(Action<IBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }
}
