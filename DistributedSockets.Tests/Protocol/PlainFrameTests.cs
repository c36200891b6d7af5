// The frame that a plain client receives, byte for byte.
using System.Buffers;
using System.Text;
using DistributedSockets.Protocol;

namespace DistributedSockets.Tests.Protocol;

public sealed class PlainFrameTests
{
    [Fact]
    public void Frame_has_its_three_fields_in_order_and_nothing_else() =>
        Assert.Equal("""{"from":"alice","to":"bob","body":{ "a" : 1e400 }}""", Write("alice", "bob", """{ "a" : 1e400 }"""));

    // What JSON.stringify makes of the same string.
    [Theory]
    [InlineData("a\"b\\c/d", """a\"b\\c/d""")]
    [InlineData("\b\f\n\r\t", """\b\f\n\r\t""")]
    [InlineData("\0\u0001\u000b\u001f", """\u0000\u0001\u000b\u001f""")]
    [InlineData("é😀<>&'+\u007f\u2028", "é😀<>&'+\u007f\u2028")]
    public void Names_are_escaped_only_where_json_demands_it(string name, string written)
    {
        Assert.Equal($$"""{"from":"{{written}}","to":"{{written}}","body":1}""", Write(name, name, "1"));
    }

    private static string Write(string from, string to, string body)
    {
        var writer = new ArrayBufferWriter<byte>();
        PlainFrame.Write(writer, from, to, Encoding.UTF8.GetBytes(body));
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }
}
