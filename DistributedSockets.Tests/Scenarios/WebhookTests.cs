// The application's back end hears of what happens on two nodes, and nobody waits for it.
using DistributedSockets.SocketNode.Webhooks;
using DistributedSockets.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace DistributedSockets.Tests.Scenarios;

public sealed class WebhookTests
{
    [Fact]
    public async Task User_who_comes_moves_and_leaves_is_two_events()
    {
        await using var backEnd = await HookReceiver.StartAsync();
        await using var cluster = await TestCluster.StartAsync(nodes: 2, backEnd.Settings);
        await using var first = await cluster.GreetAsync("bob", node: 0, device: "phone");
        await first.CloseAsync();
        await Eventually.IsAsync(() => !cluster.Knows("bob"), "bob is between two nodes");
        await using var second = await cluster.GreetAsync("bob", node: 1, device: "phone");
        await second.SendFrameAsync("""{"type":"bye"}""");

        var events = await backEnd.WhenOfAsync("bob", 2);
        Assert.Equal([HookTypes.UserOnline, HookTypes.UserOffline], events.Select(hook => hook.Type));
        Assert.All(events, hook => Assert.True(hook.IsGenuine));

        // The version is the time of the change, or one more than the version before: two changes may share a millisecond.
        Assert.All(events, hook => Assert.InRange(hook.Data.GetProperty("v").GetInt64() - hook.Data.GetProperty("since").GetInt64(), 0, 1));
        Assert.InRange(events[1].Data.GetProperty("v").GetInt64(), events[0].Data.GetProperty("v").GetInt64() + 1, long.MaxValue);
    }

    [Fact]
    public async Task Message_for_who_is_away_is_told_and_one_for_who_is_there_is_not()
    {
        await using var backEnd = await HookReceiver.StartAsync();
        await using var cluster = await TestCluster.StartAsync(nodes: 2, [.. backEnd.Settings, "Webhooks:IncludeBody=true"]);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await using var carol = await cluster.GreetAsync("carol", node: 1);
        await alice.SendAsync("carol", "hi", "m0");
        await carol.NextAsync("msg");
        await alice.SendAsync("bob", "one", "m1", "\"ct\":\"text/x\"");
        await alice.SendAsync("bob", "two", "m2");

        var events = await backEnd.WhenOfAsync("bob", 2);
        Assert.All(events, hook => Assert.True(hook is { IsGenuine: true, Type: HookTypes.MessageStored }));
        Assert.Equal([("one", 1), ("two", 2)], events.Select(hook => (hook.Data.GetProperty("body").GetString()!, hook.Data.GetProperty("seq").GetInt32())));
        Assert.Equal("alice", events[0].Data.GetProperty("from").GetString());
        Assert.Equal("text/x", events[0].Data.GetProperty("ct").GetString());
        Assert.Equal((await cluster.StoredAsync("bob")).Select(message => message.Id.Value), events.Select(hook => hook.Data.GetProperty("mid").GetString()!));
        Assert.DoesNotContain(backEnd.Of("carol"), hook => hook.Type == HookTypes.MessageStored);
    }

    [Fact]
    public async Task User_who_goes_without_having_read_is_told_with_what_waits()
    {
        await using var backEnd = await HookReceiver.StartAsync();
        await using var cluster = await TestCluster.StartAsync(nodes: 2, backEnd.Settings);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await using var bob = await cluster.GreetAsync("bob", node: 1);
        await alice.SendAsync("bob", "read", "m1");
        await alice.SendAsync("bob", "not read", "m2");
        Assert.Equal(["read", "not read"], await bob.NextBodiesAsync(2));
        await bob.AcknowledgeAsync(1);
        await bob.SettleAsync();
        await Eventually.IsAsync(async () => await cluster.WaitingAsync("bob") == 1, "the first is acknowledged");
        await bob.SendFrameAsync("""{"type":"bye"}""");

        var events = await backEnd.WhenOfAsync("bob", 3);
        Assert.Equal([HookTypes.UserOnline, HookTypes.UserOffline, HookTypes.MessageStored], events.Select(hook => hook.Type));
        Assert.Equal(2, events[2].Data.GetProperty("seq").GetInt64());
        Assert.False(events[2].Data.TryGetProperty("body", out _));
    }

    [Fact]
    public async Task Room_that_is_occupied_and_vacated_is_two_events()
    {
        await using var backEnd = await HookReceiver.StartAsync();
        await using var cluster = await TestCluster.StartAsync(nodes: 2, backEnd.Settings);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await using var bob = await cluster.GreetAsync("bob", node: 1);
        foreach (var (client, verb) in new[] { (alice, "join"), (bob, "join"), (alice, "leave"), (bob, "leave") })
        {
            await client.SendFrameAsync($$"""{"type":"{{verb}}","room":"team","id":"{{verb}}"}""");
            await client.NextAsync(verb == "join" ? "joined" : "left");
        }

        await Eventually.IsAsync(() => backEnd.Of("team", "room").Count == 2, "two events of the room");
        Assert.Equal(
            [(HookTypes.RoomOccupied, "alice"), (HookTypes.RoomVacated, "bob")], backEnd.Of("team", "room").Select(hook => (hook.Type, hook.User!)));
    }

    [Fact]
    public async Task Back_end_that_dies_and_comes_back_hears_of_everything_in_order()
    {
        await using var backEnd = await HookReceiver.StartAsync();
        await using var cluster = await TestCluster.StartAsync(nodes: 2, backEnd.Settings);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await alice.SendAsync("bob", "1", "m1");
        await backEnd.WhenOfAsync("bob", 1);
        await backEnd.DieAsync();
        for (var number = 2; number <= 5; number++)
        {
            await alice.SendAsync("bob", $"{number}", $"m{number}");
            await alice.NextAsync("ack");
        }

        await backEnd.ComeBackAsync();

        var events = await backEnd.WhenOfAsync("bob", 5);
        Assert.Equal([1, 2, 3, 4, 5], events.Select(hook => hook.Data.GetProperty("seq").GetInt64()));
    }

    [Fact]
    public async Task Node_that_is_killed_after_an_event_leaves_it_to_another()
    {
        await using var backEnd = await HookReceiver.StartAsync();
        backEnd.Answer = _ => Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        await using var cluster = await TestCluster.StartAsync(nodes: 1, TimeSpan.FromSeconds(2), backEnd.Settings);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await alice.SendAsync("bob", "1", "m1");
        await backEnd.WhenOfAsync("bob", 1);
        await cluster.AddNodeAsync("server-2");

        await cluster[0].KillAsync();
        backEnd.Answer = _ => Results.Ok();

        // Alice's node is gone with her: she is offline when the other one has noticed.
        await Eventually.IsAsync(() => backEnd.Of("alice").Any(hook => hook.Type == HookTypes.UserOffline), "alice's end is told");
        await Eventually.IsAsync(
            async () => (await cluster.Hooks.ReadAsync(HookOwner.Of(new SocketNode.Messaging.UserId("bob")), 10, CancellationToken.None)) is { Events.Count: 0, PausedUntil: 0 },
            "bob's event was accepted");
        Assert.Single(backEnd.Of("bob"));
    }

    [Fact]
    public async Task Back_end_that_hangs_slows_nobody_and_redirects_are_not_followed()
    {
        using var hanging = new ManualResetEventSlim();
        await using var backEnd = await HookReceiver.StartAsync();
        backEnd.Answer = hook => hook.User == "moved" ? Results.Redirect("/elsewhere", permanent: true, preserveMethod: true) : Results.StatusCode(500);
        await using var cluster = await TestCluster.StartAsync(nodes: 2, [.. backEnd.Settings, "Webhooks:Timeout=00:00:20", "Webhooks:Parallel=2"]);
        await using var alice = await cluster.GreetAsync("alice", node: 0);
        await alice.SendAsync("moved", "1", "m0");
        await backEnd.WhenOfAsync("moved", 1);
        await Eventually.IsAsync(() => backEnd.Received.Count(hook => hook.User == "moved") > 1, "it is tried again at the same address");
        backEnd.Answer = _ =>
        {
            hanging.Wait(TestClient.Patience);
            return Results.Ok();
        };

        await using var bob = await cluster.GreetAsync("bob", node: 1);
        for (var number = 1; number <= 50; number++)
        {
            await alice.SendAsync($"away-{number}", "x", $"a{number}");
            await alice.SendAsync("bob", $"{number}", $"m{number}");
        }

        Assert.Equal(Enumerable.Range(1, 50).Select(number => $"{number}"), await bob.NextBodiesAsync(50));
        hanging.Set();
    }
}
