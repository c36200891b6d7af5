// Messages are kept together only where nothing of them is lost by it, and come back as they were.
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;

namespace DistributedSockets.Tests.Redis;

public sealed class MessageRowTests
{
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");

    [Fact]
    public void What_was_written_is_read()
    {
        Envelope[] sent =
        [
            .. new[] { 0, 1, 31, 32, 255, 256, 65_535, 65_536 }.Select(size => Sent($"идентификатор {size}") with { Body = Encoding.UTF8.GetBytes(new string('x', size)) }),
            Sent("b") with { ContentType = "text/plain" },
        ];

        var read = MessageRow.Read(MessageRow.Write(sent)).ToList();

        Assert.Equal(sent.Select(message => (message.Id, message.ClientId!, message.ContentType)), read.Select(message => (message.Id, message.ClientId, message.ContentType)));
        Assert.All(sent.Zip(read), pair => Assert.True(pair.First.Body.Span.SequenceEqual(pair.Second.Body.Span)));
    }

    [Fact]
    public void What_follows_each_other_and_is_of_one_device_makes_up_a_row()
    {
        Envelope[] sent =
        [
            Sent("1"), Sent("2"), Sent("3") with { SentBy = new DeviceId("phone") }, Sent("4") with { SentBy = new DeviceId("phone") }, Sent("5") with { From = Bob },
            Sent("6") with { TtlSeconds = 1 }, Sent("7") with { TtlSeconds = 1 }, Sent("8") with { Kind = EnvelopeKind.Edit }, Sent("9") with { ClientId = null }, Sent("10"), Sent("11"),
        ];

        Assert.Equal([2, 2, 1, 1, 1, 1, 1, 2], MessageRow.Split(sent).Select(row => row.Count));
        Assert.Equal(sent, MessageRow.Split(sent).SelectMany(row => row));
        Assert.Empty(MessageRow.Split([]));
    }

    [Fact]
    public void A_row_has_an_end()
    {
        Envelope[] many = [.. Enumerable.Range(0, 150).Select(index => Sent($"{index}"))];
        Envelope[] large = [.. new[] { 10_000, 6_000, 385, 20_000, 1 }.Select(size => Sent($"{size}") with { Body = new byte[size] })];

        Assert.Equal([64, 64, 22], MessageRow.Split(many).Select(row => row.Count));
        Assert.Equal([2, 1, 1, 1], MessageRow.Split(large).Select(row => row.Count));
    }

    private static Envelope Sent(string id) => new(MessageId.New(TimeProvider.System), Alice, Bob, "\"b\""u8.ToArray(), SentAt: 1) { ClientId = id };
}
