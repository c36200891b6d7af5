// What was sent, on its way to the conversation's log and to the other devices of whoever has sent it.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Receipts;

namespace DistributedSockets.SocketNode.History;

/// <summary>What was sent, on its way to the conversation's log and to the other devices of whoever has sent it.</summary>
internal sealed class SentMessages(IReceipts receipts, Conversations conversations)
{
    /// <summary>
    /// Enters messages into the conversation, and says what of them the sender's other devices are to see. Both lie in the recipient's inbox and are read back from there by whoever carries
    /// them long after the end of the node that has stored them; that one has them still.
    /// </summary>
    /// <param name="life">What the numbers of what is owed count in.</param>
    /// <param name="owed">All of one sender.</param>
    /// <param name="stored">Messages that need not be read back, by their seq.</param>
    /// <returns>The same, with the copies.</returns>
    public async Task<IReadOnlyList<OwedReceipt>> EnterAsync(
        UserId sender, UserId recipient, string life, IReadOnlyList<OwedReceipt> owed, Func<long, Envelope?> stored, CancellationToken cancellationToken)
    {
        List<OwedReceipt> copied = [.. owed.Where(outcome => outcome.State == ReceiptState.Copy)];
        if (copied.Count == 0)
        {
            return owed;
        }

        var known = copied.ToDictionary(outcome => outcome.Number, outcome => FindAll(outcome, stored));
        List<OwedReceipt> unknown = [.. copied.Where(outcome => known[outcome.Number] is null)];
        var reading = unknown.Count == 0 ? Task.FromResult<IReadOnlyList<Envelope>>([]) : receipts.ReadCopiedAsync(recipient, unknown, cancellationToken);

        var devices = await ReadDevicesAsync(sender, recipient, cancellationToken);
        var read = await reading;
        var entries = copied.SelectMany(outcome => Of(outcome).Where(message => !message.IsChange).Select(
            message => new SentMessage(outcome.Number, message.SentBy == outcome.Device ? message : message with { SentBy = outcome.Device })));
        await conversations.EnterAsync(sender, recipient, life, [.. entries], cancellationToken);

        return
        [
            .. owed.Select(outcome => IsSeenElsewhere(outcome, devices)
                ? outcome with { Copies = [.. Of(outcome).Select(message => ToCopy(message, sender, outcome.Device))] }
                : outcome),
        ];

        IEnumerable<Envelope> Of(OwedReceipt outcome) => known[outcome.Number] ?? read.Where(outcome.Includes);
    }

    /// <summary>The messages of an outcome; null unless all of them are there. The numbers may be another life's: no two messages have one id.</summary>
    private static Envelope[]? FindAll(OwedReceipt outcome, Func<long, Envelope?> stored)
    {
        if (stored(outcome.FirstSeq) is not { } first || first.Id != outcome.Messages[0])
        {
            return null;
        }

        var messages = new Envelope[outcome.Count];
        for (var index = 0; index < messages.Length; index++)
        {
            if (stored(outcome.FirstSeq + index) is not { } message || message.Epoch != first.Epoch || !outcome.Includes(message))
            {
                return null;
            }

            messages[index] = message;
        }

        return messages;
    }

    /// <summary>Whether the sender's other devices are to see any of it.</summary>
    public async Task<bool> AreSeenElsewhereAsync(UserId sender, UserId recipient, IReadOnlyList<OwedReceipt> owed, CancellationToken cancellationToken)
    {
        var devices = await ReadDevicesAsync(sender, recipient, cancellationToken);
        return owed.Any(outcome => IsSeenElsewhere(outcome, devices));
    }

    private static bool IsSeenElsewhere(OwedReceipt outcome, IReadOnlyList<DeviceId> devices) => outcome.State == ReceiptState.Copy && devices.Any(device => device != outcome.Device);

    /// <summary>Asked after they were stored: a device that comes now was not there when they were sent. What one writes to oneself reaches all devices as it is.</summary>
    private async Task<IReadOnlyList<DeviceId>> ReadDevicesAsync(UserId sender, UserId recipient, CancellationToken cancellationToken) =>
        sender == recipient ? [] : await receipts.ReadDevicesAsync(sender, cancellationToken);

    private static Envelope ToCopy(Envelope message, UserId sender, DeviceId? device) =>
        message with { To = sender, Copy = new SentCopy(message.To, message.SentAt), SentBy = device, TtlSeconds = 0, Seq = 0, Epoch = null, HopListener = null, Trace = default };
}
