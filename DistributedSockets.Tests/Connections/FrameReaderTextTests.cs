// What is UTF-8 and what is not, in whole messages, over fragments and over pieces.
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Connections;

public sealed class FrameReaderTextTests
{
    [Theory]
    [InlineData("κόσμε")]
    [InlineData("\u0000")]
    [InlineData("\u007f\u0080\u07ff\u0800\uffff")]
    [InlineData("\ud7ff\ue000\ufffe\ufffd")]
    [InlineData("\U00010000\U0010ffff")]
    public async Task Every_scalar_value_is_text_wherever_it_is_cut(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal([$"Text {text}"], await ReadFrames.AllAsync(ClientFrame.Text(text)));
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(
                [$"Text {text}"],
                await ReadFrames.AllAsync(ClientFrame.Of(Opcode.Text, bytes[..cut], isFinal: false), ClientFrame.Of(Opcode.Continuation, bytes[cut..])));
        }
    }

    [Theory]
    [InlineData("overlong slash in two bytes", new byte[] { 0xC0, 0xAF })]
    [InlineData("overlong slash in three bytes", new byte[] { 0xE0, 0x80, 0xAF })]
    [InlineData("overlong slash in four bytes", new byte[] { 0xF0, 0x80, 0x80, 0xAF })]
    [InlineData("highest overlong in two bytes", new byte[] { 0xC1, 0xBF })]
    [InlineData("highest overlong in three bytes", new byte[] { 0xE0, 0x9F, 0xBF })]
    [InlineData("highest overlong in four bytes", new byte[] { 0xF0, 0x8F, 0xBF, 0xBF })]
    [InlineData("lowest surrogate", new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData("highest surrogate", new byte[] { 0xED, 0xBF, 0xBF })]
    [InlineData("pair of surrogates", new byte[] { 0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80 })]
    [InlineData("beyond U+10FFFF", new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData("five bytes", new byte[] { 0xF8, 0x88, 0x80, 0x80, 0x80 })]
    [InlineData("six bytes", new byte[] { 0xFC, 0x84, 0x80, 0x80, 0x80, 0x80 })]
    [InlineData("impossible FE", new byte[] { 0xFE })]
    [InlineData("impossible FF", new byte[] { 0xFF })]
    [InlineData("continuation alone", new byte[] { 0x80 })]
    [InlineData("lead without its rest", new byte[] { 0xC3, 0x28 })]
    [InlineData("ends in the middle", new byte[] { 0xE2, 0x82 })]
    public async Task What_is_not_utf8_is_a_violation_wherever_it_is_cut(string what, byte[] bad)
    {
        Assert.NotEmpty(what);
        byte[] bytes = [.. "good "u8, .. bad];
        Assert.Equal(["Violation 1007"], await ReadFrames.AllAsync(ClientFrame.Of(Opcode.Text, bytes), ClientFrame.Text("next")));
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(
                ["Ping 01", "Violation 1007"],
                await ReadFrames.AllAsync(
                    ClientFrame.Of(Opcode.Text, bytes[..cut], isFinal: false), ClientFrame.Of(Opcode.Ping, [1]), ClientFrame.Of(Opcode.Continuation, bytes[cut..]),
                    ClientFrame.Text("next")));
        }
    }

    [Fact]
    public async Task Code_point_that_is_not_finished_in_its_fragment_is_finished_in_the_next()
    {
        Assert.Equal(
            ["Text €"],
            await ReadFrames.AllAsync(
                ClientFrame.Of(Opcode.Text, [0xE2], isFinal: false), ClientFrame.Of(Opcode.Continuation, [], isFinal: false),
                ClientFrame.Of(Opcode.Continuation, [0x82], isFinal: false), ClientFrame.Of(Opcode.Continuation, [0xAC])));
    }

    [Fact]
    public async Task Binary_messages_may_be_anything()
    {
        Assert.Equal(["Binary C0AFFF"], await ReadFrames.AllAsync(ClientFrame.Of(Opcode.Binary, [0xC0], isFinal: false), ClientFrame.Of(Opcode.Continuation, [0xAF, 0xFF])));
    }
}
