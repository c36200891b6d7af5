using DistributedSockets.Client;
using DistributedSockets.Client.Sending;

namespace DistributedSockets.Tests.Clients;

public sealed class DeliveriesTests
{
    private readonly Deliveries _deliveries = new(capacity: 2);

    [Fact]
    public async Task Receipt_completes_what_it_names()
    {
        var outcome = _deliveries.Add("bob", "m1", 1);

        _deliveries.Take(Of(ReceiptState.Delivered, "m1"));

        Assert.Equal(ReceiptState.Delivered, (await outcome.Delivered).State);
        Assert.False(outcome.Read.IsCompleted);
    }

    [Fact]
    public void Receipt_that_is_faster_than_the_acknowledgement_is_kept()
    {
        _deliveries.Take(Of(ReceiptState.Delivered, "m1"));

        Assert.True(_deliveries.Add("bob", "m1", 1).Delivered.IsCompletedSuccessfully);
    }

    [Fact]
    public void Read_means_everything_to_that_peer_up_to_there()
    {
        var first = _deliveries.Add("bob", "m1", 1);
        var later = _deliveries.Add("bob", "m2", 5);

        _deliveries.Take(Of(ReceiptState.Read, "m9") with { UpTo = 4 });

        Assert.Equal((true, false), (first.Read.IsCompletedSuccessfully, later.Read.IsCompleted));
    }

    [Fact]
    public void What_has_expired_is_never_read()
    {
        var outcome = _deliveries.Add("bob", "m1", 1);

        _deliveries.Take(Of(ReceiptState.Expired, "m1"));

        Assert.True(outcome.Delivered.IsCompletedSuccessfully);
        Assert.True(outcome.Read.IsCanceled);
    }

    [Fact]
    public void One_message_that_was_sent_twice_has_one_outcome() => Assert.Same(_deliveries.Add("bob", "m1", 1), _deliveries.Add("bob", "m1", 1));

    [Fact]
    public void Oldest_is_given_up_where_there_are_too_many_and_all_at_the_end()
    {
        Outcome[] all = [_deliveries.Add("bob", "m1", 1), _deliveries.Add("bob", "m2", 2), _deliveries.Add("bob", "m3", 3)];

        Assert.Equal([true, false, false], all.Select(outcome => outcome.Delivered.IsCanceled));
        _deliveries.End();
        Assert.All(all, outcome => Assert.True(outcome.Read.IsCanceled));
    }

    [Fact]
    public void Rooms_have_no_receipts() => Assert.True(_deliveries.Add(Target.Room("team"), "m1", 1).Delivered.IsCanceled);

    private static Receipt Of(ReceiptState state, string mid) => new(state, "bob", [mid], "phone", DateTimeOffset.UnixEpoch);
}
