// How events wait and leave: what every store of them promises.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Webhooks;
using static DistributedSockets.Tests.Contracts.HooksUnderTest;

namespace DistributedSockets.Tests.Contracts;

public abstract partial class HookQueueContract
{
    private static readonly NodeIncarnation Other = new(new NodeId("server-2"), 1_764_000_000_000);

    [Fact]
    public async Task Every_event_has_an_id_of_its_own_also_behind_one_that_was_taken_out()
    {
        var it = Create(Options);
        var ids = new List<string>();
        for (var turn = 0; turn < 20; turn++)
        {
            await it.StoreAsync(Message("\"1\""), Message("\"2\""));
            var page = await it.PageAsync(OfBob);
            ids.AddRange(page.Events.Select(told => told.Id));
            Assert.All(page.Events, told => Assert.InRange(page.Now - told.At, 0, 60_000));
            await it.RemoveAsync([.. page.Events]);
        }

        await it.JoinAsync(Bob);
        ids.AddRange((await it.PageAsync(OfTeam)).Events.Select(told => told.Id));
        Assert.Equal(41, ids.Distinct().Count());
    }

    [Fact]
    public async Task What_was_taken_out_does_not_come_again_and_the_rest_stays_in_order()
    {
        var it = Create(Options);
        await it.StoreAsync(Message("\"1\""), Message("\"2\""), Message("\"3\""));

        await it.RemoveAsync((await it.PageAsync(OfBob, limit: 1)).Events[0]);

        Assert.Equal([2, 3], await it.StoredAsync());
    }

    [Fact]
    public async Task Of_too_many_the_oldest_go_and_are_counted_once()
    {
        var options = Options;
        options.Pending = 3;
        var it = Create(options);
        await it.StoreAsync([.. Enumerable.Range(1, 5).Select(number => Message($"\"{number}\""))]);

        var page = await it.PageAsync(OfBob);
        Assert.Equal((2, 0), (page.Lost, (await it.PageAsync(OfBob)).Lost));
        Assert.Equal([3, 4, 5], await it.StoredAsync());
    }

    [Fact]
    public async Task One_node_has_the_turn_until_it_is_over()
    {
        var it = Create(Options);
        await it.StoreAsync(Message("\"1\""));

        Assert.Equal([OfBob], (await it.TurnAsync(OfBob))!.Due.Select(due => due.Owner));
        Assert.Null(await it.TurnAsync(OfBob, Other));
        await it.PassAsync(TimeSpan.FromSeconds(4));
        Assert.NotNull(await it.TurnAsync(OfBob));
        await it.PassAsync(TimeSpan.FromSeconds(4));
        Assert.Null(await it.TurnAsync(OfBob, Other));
        await it.PassAsync(TimeSpan.FromSeconds(2));
        var turn = await it.TurnAsync(OfBob, Other);
        Assert.NotNull(turn);
        Assert.Equal((1, OfBob), (turn.Waiting, Assert.Single(turn.Due).Owner));
    }

    [Fact]
    public async Task Owner_who_was_noted_anew_stays_on_the_list()
    {
        var it = Create(Options);
        await it.StoreAsync(Message("\"1\""));
        var due = await it.DueAsync(OfBob);
        await it.PassAsync(TimeSpan.FromMilliseconds(50));
        await it.StoreAsync(Message("\"2\""));

        await it.SettleAsync(due, null);

        var again = await it.DueAsync(OfBob);
        await it.SettleAsync(again, null);
        Assert.Null(await it.DueAsync(OfBob));
    }

    [Fact]
    public async Task Owner_is_due_again_when_it_was_said_and_a_last_look_is_known_as_one()
    {
        var it = Create(Options);
        await it.StoreAsync(Message("\"1\""));
        var due = await it.DueAsync(OfBob);
        Assert.False(due!.Value.IsLastLook);
        var now = (await it.PageAsync(OfBob)).Now;

        await it.SettleAsync(due, DueHook.LastLookAt(now + 10_000));
        Assert.Null(await it.DueAsync(OfBob));
        await it.PassAsync(TimeSpan.FromSeconds(10.1));
        due = await it.DueAsync(OfBob);
        Assert.True(due!.Value.IsLastLook);
        await it.SettleAsync(due, null);
        Assert.Null(await it.DueAsync(OfBob));
    }

    [Fact]
    public async Task New_event_makes_an_owner_due_who_was_entered_for_later()
    {
        var it = Create(Options);
        await it.StoreAsync(Message("\"1\""));
        await it.SettleAsync(await it.DueAsync(OfBob), (await it.PageAsync(OfBob)).Now + 60_000);
        Assert.Null(await it.DueAsync(OfBob));

        await it.StoreAsync(Message("\"2\""));

        Assert.NotNull(await it.DueAsync(OfBob));
    }

    [Fact]
    public async Task Pause_holds_for_everybody_until_it_is_over_or_something_was_taken_out()
    {
        var it = Create(Options);
        await it.StoreAsync(Message("\"1\""), Message("\"2\""));
        var told = (await it.PageAsync(OfBob)).Events;

        var until = await it.Queue.PauseAsync(OfBob, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var page = await it.PageAsync(OfBob);
        Assert.Equal((0, until), (page.Events.Count, page.PausedUntil));
        Assert.InRange(until - page.Now, 25_000, 30_000);

        await it.PassAsync(TimeSpan.FromSeconds(31));
        page = await it.PageAsync(OfBob);
        Assert.Equal((2, 0), (page.Events.Count, page.PausedUntil));

        await it.Queue.PauseAsync(OfBob, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await it.RemoveAsync(told[0]);
        Assert.Equal([2], await it.StoredAsync());
    }
}
