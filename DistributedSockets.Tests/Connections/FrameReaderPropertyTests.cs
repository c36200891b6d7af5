// Whatever legal frames a client sends, and however the network cuts them: the reader makes of them what a plain model does.
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace DistributedSockets.Tests.Connections;

public sealed class FrameReaderPropertyTests
{
    private const int Sequences = 500;

    [Fact]
    public void Legal_frames_are_read_the_same_however_they_are_cut()
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(Sequences).WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(1, 1), FSharpOption<int>.None)));
        Prop.ForAll(Arb.From(Sent.Any, sent => sent.Shorter()), sent => AgreesAsync(sent).GetAwaiter().GetResult()).Check(config);
    }

    private static async Task AgreesAsync(Sent sent)
    {
        var bytes = sent.Bytes();
        var expected = sent.Words();
        Assert.Equal(expected, await ReadFrames.AllAsync(ReadFrames.Limit, segment: 4096, cuts: [], bytes));
        Assert.Equal(expected, await ReadFrames.AllAsync(ReadFrames.Limit, segment: 4096, Enumerable.Range(1, bytes.Length), bytes));
        Assert.Equal(expected, await ReadFrames.AllAsync(ReadFrames.Limit, sent.Segment, sent.Cuts.Select(cut => (int)((long)cut * bytes.Length / Sent.Whole)), bytes));
    }

    /// <summary>A message or a control frame.</summary>
    /// <param name="Splits">Where a message is split into fragments, in parts of its length.</param>
    /// <param name="Between">A ping after each fragment but the last.</param>
    private sealed record Item(Opcode Opcode, byte[] Payload, byte[] Mask, int[] Splits, bool Between)
    {
        public override string ToString() => $"{Opcode} of {Payload.Length} bytes, split at {string.Join(',', Splits)}{(Between ? " with pings between" : "")}";
    }

    /// <summary>What a client sends.</summary>
    /// <param name="Cuts">Where the network cuts it, in parts of its length.</param>
    /// <param name="Segment">Bytes of one piece of the reader's buffer.</param>
    private sealed record Sent(Item[] Items, int[] Cuts, int Segment)
    {
        public const int Whole = 10_000;
        private static readonly byte[] Between = [7];
        private static readonly Rune[] Alphabet = [new('a'), new('ß'), new('€'), new(0x1F600)];

        private static readonly Gen<byte[]> Binary = Lengths(ReadFrames.Limit).SelectMany(length => Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value), length));

        private static readonly Gen<byte[]> Text = Lengths(ReadFrames.Limit / 4).SelectMany(length => Gen.ArrayOf(Gen.Elements(Alphabet), length))
            .Select(runes => Encoding.UTF8.GetBytes(string.Concat(runes)));

        private static readonly Gen<byte[]> Control = Gen.Choose(0, 125).Select(length => new byte[length]);

        private static readonly Gen<byte[]> Masks = Gen.ArrayOf(Gen.Elements<byte>(0, 1, 0x80, 0xFF, 0x5A), 4);

        private static readonly Gen<Item> AnyItem =
            from opcode in Gen.Elements(Opcode.Text, Opcode.Text, Opcode.Binary, Opcode.Ping, Opcode.Pong)
            from payload in opcode switch { Opcode.Text => Text, Opcode.Binary => Binary, _ => Control }
            from mask in Masks
            from splits in Gen.Frequency((1, Gen.Constant(Array.Empty<int>())), (1, Parts(4)))
            from between in Gen.Elements(true, false)
            select new Item(opcode, payload, mask, splits, between);

        public static Gen<Sent> Any { get; } =
            from items in Gen.Choose(0, 8).SelectMany(count => Gen.ArrayOf(AnyItem, count))
            from cuts in Parts(12)
            from segment in Gen.Elements(16, 64, 1024)
            select new Sent(items, cuts, segment);

        public byte[] Bytes() => [.. Items.SelectMany(Frames).SelectMany(frame => frame)];

        /// <summary>The plain model: a ping between fragments comes before its message.</summary>
        public IReadOnlyList<string> Words() => [.. Items.SelectMany(item => Enumerable.Repeat("Ping 07", item.Between ? Ends(item).Count - 1 : 0).Append(Word(item)))];

        /// <summary>An item less, or one that is not split.</summary>
        public IEnumerable<Sent> Shorter() => Enumerable.Range(0, Items.Length).SelectMany(index => new[]
        {
            this with { Items = [.. Items[..index], .. Items[(index + 1)..]] },
            this with { Items = [.. Items[..index], Items[index] with { Splits = [] }, .. Items[(index + 1)..]] },
        }).Where(sent => sent.Items.Length < Items.Length || sent.Items.Sum(item => item.Splits.Length) < Items.Sum(item => item.Splits.Length));

        public override string ToString() => string.Concat(Items.Select(item => $"\n  {item}")) + $"\n  cut at {string.Join(',', Cuts)}, pieces of {Segment}";

        private static Gen<int> Lengths(int most) => Gen.Frequency((2, Gen.Choose(0, 3)), (1, Gen.Choose(124, 128)), (1, Gen.Choose(0, most)), (1, Gen.Constant(most)));

        private static Gen<int[]> Parts(int most) => Gen.Choose(0, most).SelectMany(count => Gen.ArrayOf(Gen.Choose(0, Whole), count));

        /// <summary>Where the fragments end; the same place twice makes an empty one.</summary>
        private static List<int> Ends(Item item) =>
            item.Opcode >= Opcode.Close ? [item.Payload.Length] : [.. item.Splits.Order().Select(split => split * item.Payload.Length / Whole), item.Payload.Length];

        private static IEnumerable<byte[]> Frames(Item item)
        {
            var ends = Ends(item);
            var start = 0;
            for (var index = 0; index < ends.Count; index++)
            {
                var isFinal = index == ends.Count - 1;
                yield return ClientFrame.Of(index == 0 ? item.Opcode : Opcode.Continuation, item.Payload[start..ends[index]], isFinal, item.Mask);
                start = ends[index];
                if (item.Between && !isFinal)
                {
                    yield return ClientFrame.Of(Opcode.Ping, Between);
                }
            }
        }

        private static string Word(Item item) =>
            item.Opcode == Opcode.Text ? $"Text {Encoding.UTF8.GetString(item.Payload)}" : $"{item.Opcode} {Convert.ToHexString(item.Payload)}".TrimEnd();
    }
}
