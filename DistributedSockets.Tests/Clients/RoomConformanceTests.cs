// The rows of docs/conformance.md about rooms, history, presence and typing, for the .NET client.
using System.Text.Json;
using DistributedSockets.Client;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Clients;

[Collection(BreakableNodes.Name)]
public sealed class RoomConformanceTests(BreakableNodesFixture fixture)
{
    private RunningCluster Cluster => fixture.Cluster;

    [Fact(DisplayName = "room: members on several nodes get a message once, the sender's other device too, the sender not")]
    public async Task Room()
    {
        var team = RunningCluster.NewUser("team");
        var name = RunningCluster.NewUser("alice");
        await using var alice = await Person.ConnectAsync(Cluster, name, node: 1);
        await using var laptop = await Person.ConnectAsync(Cluster, name, node: 2);
        await using var bob = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("bob"), node: 3);
        await alice.JoinAsync(team);
        var room = await bob.JoinAsync(team);
        await Eventually.IsAsync(() => laptop.Rooms.Any(change => change.Name == team && change.Room is not null), "the other device is in the room");

        var sent = await alice.SendAsync(Target.Room(team), "hi all");
        await bob.WhenReceivedAsync(1);
        await laptop.WhenReceivedAsync(1);

        Assert.Equal([name, bob.Name], room.Members);
        Assert.Equal((name, team, "hi all", sent.Mid), (bob.Messages[0].From, bob.Messages[0].Room, bob.Messages[0].Body.GetString(), bob.Messages[0].Mid));
        Assert.Equal("hi all", Assert.Single(laptop.Texts));
        Assert.Empty(alice.Messages);
        Assert.Equal([name, bob.Name], (await alice.GetMembersAsync(team)).Members);

        await bob.LeaveAsync(team);
        var refused = await Assert.ThrowsAsync<ClientException>(() => bob.SendAsync(Target.Room(team), "still here?"));
        Assert.Equal("no_such_room", refused.Code);
        Assert.Null(bob.Rooms[^1].Room);
    }

    [Fact(DisplayName = "room, cut: who comes back is in the room and has missed nothing")]
    public async Task RoomCut()
    {
        var team = RunningCluster.NewUser("team");
        await using var alice = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("alice"));
        await using var bob = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("bob"));
        await alice.JoinAsync(team);
        await bob.JoinAsync(team);

        var sending = Task.WhenAll(Enumerable.Range(1, 200).Select(number => alice.SendAsync(Target.Room(team), $"{number}")));
        foreach (var share in (int[])[20, 80, 140])
        {
            await Eventually.IsAsync(() => bob.Messages.Count >= share, $"bob has {share} of 200");
            bob.Client.CutConnection();
            alice.Client.CutConnection();
        }

        await sending.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await bob.WhenReceivedAsync(200);
        Assert.Equal(Enumerable.Range(1, 200).Select(number => $"{number}"), bob.Texts);
    }

    [Fact(DisplayName = "history: pages both ways, edits and deletions show")]
    public async Task History()
    {
        var team = RunningCluster.NewUser("team");
        await using var alice = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("alice"));
        await using var bob = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("bob"));
        await alice.JoinAsync(team);
        await bob.JoinAsync(team);
        List<SentMessage> sent = [];
        for (var number = 1; number <= 5; number++)
        {
            sent.Add(await alice.SendAsync(Target.Room(team), $"{number}"));
        }

        await alice.EditAsync(Target.Room(team), sent[3].Mid, "four");
        await alice.DeleteAsync(Target.Room(team), sent[4].Mid);
        await bob.WhenReceivedAsync(7);
        var newest = await bob.GetHistoryAsync(Target.Room(team), new HistoryQuery { Limit = 3 });
        var older = await bob.GetHistoryAsync(Target.Room(team), new HistoryQuery { Before = newest.Messages[0].Seq });

        Assert.Equal(["3", "four", ""], newest.Messages.Select(entry => entry.Body.ValueKind == JsonValueKind.Undefined ? "" : entry.Body.GetString()));
        Assert.Equal((true, true, true), (newest.HasMore, newest.Messages[1].Edited is not null, newest.Messages[2].Deleted is not null));
        Assert.Equal((false, 2), (older.HasMore, older.Messages.Count));
        Assert.Equal([MessageKind.Edit, MessageKind.Delete], bob.Messages.Skip(5).Select(message => message.Kind));
        Assert.Equal([sent[3].Mid, sent[4].Mid], bob.Messages.Skip(5).Select(message => message.Of));
    }

    [Fact(DisplayName = "presence: online, status and offline are seen, over a cut of the watcher")]
    public async Task PresenceOfUsers()
    {
        await using var alice = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("alice"));
        var bob = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("bob"));

        var before = await alice.WatchAsync(bob.Name);
        await bob.SetStatusAsync("lunch");
        await Eventually.IsAsync(() => alice.Presences.Any(presence => presence.Status.ValueKind == JsonValueKind.String), "the status is seen");
        alice.Client.CutConnection();
        await bob.Client.CloseAsync();
        await Eventually.IsAsync(() => alice.Presences.Count > 0 && !alice.Presences[^1].IsOnline, "bob is seen to leave");

        Assert.True(Assert.Single(before).IsOnline);
        Assert.False((await alice.GetPresenceAsync(bob.Name))[0].IsOnline);
    }

    [Fact(DisplayName = "room presence: who is online in a room is seen, over a cut of the watcher")]
    public async Task PresenceOfRoom()
    {
        var team = RunningCluster.NewUser("team");
        await using var alice = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("alice"), node: 1);
        await using var bob = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("bob"), node: 2);
        await alice.JoinAsync(team);
        await bob.JoinAsync(team);

        var before = await alice.WatchRoomAsync(team);
        alice.Client.CutConnection();
        await bob.Client.CloseAsync();
        await Eventually.IsAsync(() => alice.RoomPresences is [.., { Online: [var left] }] && left.User == alice.Name, "bob is seen to leave", ScriptedNode.Patience);

        Assert.Equal([alice.Name, bob.Name], before.Online.Select(member => member.User).Order(StringComparer.Ordinal));
        Assert.Equal((2, 2), (before.Count, alice.RoomPresences[^1].Count));
        Assert.Equal(alice.Name, Assert.Single((await alice.GetRoomPresenceAsync(team)).Online).User);
    }

    [Fact(DisplayName = "typing: is seen by the other")]
    public async Task IsTyping()
    {
        await using var alice = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("alice"), node: 1);
        await using var bob = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("bob"), node: 2);

        alice.Client.SetTyping(bob.Name, isOn: true);
        await Eventually.IsAsync(() => bob.Typings.Count > 0, "typing is seen");

        Assert.Equal(new Typing(alice.Name, null, true), bob.Typings[0]);
    }
}
