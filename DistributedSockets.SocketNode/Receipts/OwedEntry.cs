// An outcome as an entry of the stream of what is owed.
using System.Text;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode.Receipts;

/// <summary>
/// An outcome as an entry of the stream of what is owed, under <c>0-number</c>: <c>s</c> state, <c>f</c> sender, <c>m</c> the messages' ids with spaces between them,
/// <c>q</c> seq of the last, <c>t</c> when, <c>d</c> device, <c>n</c> of a copy how many messages, of which <c>m</c> has the first. Written by shared.lua.
/// </summary>
internal static class OwedEntry
{
    /// <param name="life">Null where nothing was ever owed.</param>
    /// <param name="entries">One more than the page has tells that it is not the last.</param>
    public static OwedPage ReadPage(string? life, StreamEntry[] entries, int limit) =>
        new(life ?? "", [.. entries.Take(limit).Select(Read)], entries.Length <= limit);

    /// <summary>The same from a script's answer, in which an entry is <c>id, {name, value, name, …}</c>.</summary>
    public static OwedPage ReadPage(RedisResult life, RedisResult entries, int limit) =>
        ReadPage(life.ToString(), [.. Enumerable.Range(0, entries.Length).Select(index => RedisStreams.ToEntry(entries[index]))], limit);

    private static OwedReceipt Read(StreamEntry entry) => new(
        StoredEnvelope.ReadNumber(entry),
        new UserId(entry["f"].ToString()),
        ReadIds(entry["m"]),
        (long)entry["q"],
        entry["s"].ToString() switch
        {
            "delivered" => ReceiptState.Delivered,
            "read" => ReceiptState.Read,
            "expired" => ReceiptState.Expired,
            "failed" => ReceiptState.Failed,
            "copy" => ReceiptState.Copy,
            var other => throw new InvalidDataException($"An outcome is '{other}'."),
        },
        entry["d"] is { IsNull: false } device ? RedisKeys.ReadDeviceField(device.ToString()) : null,
        (long)entry["t"])
    {
        Count = (int)entry["n"],
    };

    private static List<MessageId> ReadIds(ReadOnlyMemory<byte> ids)
    {
        var read = new List<MessageId>(1 + ids.Span.Count((byte)' '));
        foreach (var id in ids.Span.Split((byte)' '))
        {
            read.Add(new MessageId(Encoding.UTF8.GetString(ids.Span[id])));
        }

        return read;
    }
}
