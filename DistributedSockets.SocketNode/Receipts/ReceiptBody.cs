// The body of an envelope that is a receipt: members of a JSON object, without its braces.
using System.Buffers;
using System.Globalization;
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Receipts;

/// <summary>
/// The body of an envelope that is a receipt, as it stands in the frame to the sender's device:
/// <code>"mid":["0193…","0193…"],"peer":"bob","state":"delivered","device":"phone","ts":1764000000000</code>
/// A <c>read</c> receipt has <c>upto</c>, a seq of the peer's inbox, beside the last message that was read.
/// </summary>
internal static class ReceiptBody
{
    /// <summary>Writes outcomes of one state and device as one receipt.</summary>
    public static ReadOnlyMemory<byte> Write(UserId peer, IReadOnlyList<OwedReceipt> owed)
    {
        var last = owed[^1];
        var writer = new ArrayBufferWriter<byte>(128 + (owed.Sum(outcome => outcome.Messages.Count) * 36));
        writer.Write("\"mid\":"u8);
        var separator = "["u8;
        foreach (var message in owed.SelectMany(outcome => outcome.Messages))
        {
            writer.Write(separator);
            JsonText.WriteString(writer, message.Value);
            separator = ","u8;
        }

        writer.Write("],"u8);
        if (last.State == ReceiptState.Read)
        {
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\"upto\":{last.Seq},"), writer);
        }

        writer.Write("\"peer\":"u8);
        JsonText.WriteString(writer, peer.Value);
        writer.Write(",\"state\":"u8);
        writer.Write(State(last.State));
        if (last.Device is { } device && device != DeviceId.Plain)
        {
            writer.Write(",\"device\":"u8);
            JsonText.WriteString(writer, device.Value);
        }

        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $",\"ts\":{last.At}"), writer);
        return writer.WrittenMemory;
    }

    private static ReadOnlySpan<byte> State(ReceiptState state) => state switch
    {
        ReceiptState.Delivered => "\"delivered\""u8,
        ReceiptState.Read => "\"read\""u8,
        ReceiptState.Expired => "\"expired\""u8,
        ReceiptState.Failed => "\"failed\""u8,
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
