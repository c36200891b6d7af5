// What every client of ours must do: the rows of docs/conformance.md, for the .NET client, over three real nodes.
using System.Globalization;
using System.Net;
using DistributedSockets.Client;
using DistributedSockets.Client.Storing;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Clients;

[Collection(BreakableNodes.Name)]
public sealed class ConformanceTests(BreakableNodesFixture fixture, ITestOutputHelper output)
{
    private RunningCluster Cluster => fixture.Cluster;

    [Fact(DisplayName = "connect: a client knows who, where and which device it is")]
    public async Task Connect()
    {
        await using var alice = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("alice"), node: 2);

        Assert.Equal((ClientState.Connected, alice.Name, "server-2"), (alice.Client.State, alice.Client.User, alice.Client.Node));
        Assert.NotEmpty(alice.Client.Device!);
    }

    [Fact(DisplayName = "send: acknowledged, received once on another node, delivered, read")]
    public async Task Send()
    {
        var (alice, bob) = await PairAsync();
        await using var _ = alice;
        await using var __ = bob;

        var sent = await alice.SendAsync(bob.Name, "hi", new SendOptions { ContentType = "text/x-test", Trace = true });
        await bob.WhenReceivedAsync(1);
        var delivered = await sent.Delivered.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        var message = Assert.Single(bob.Messages);
        bob.Client.MarkRead(message);
        var read = await sent.Read.WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal((alice.Name, bob.Name, "hi", sent.Mid, "text/x-test"), (message.From, message.To, message.Body.GetString(), message.Mid, message.ContentType));
        Assert.Equal((ReceiptState.Delivered, bob.Name, bob.Client.Device), (delivered.State, delivered.Peer, delivered.Device));
        Assert.Equal(ReceiptState.Read, read.State);
        await Eventually.IsAsync(() => alice.Hops.Any(hop => hop is { Step: "written", Node: "server-2" }), "the trace tells of the other node");
    }

    [Fact(DisplayName = "order: what one client sends arrives in that order, each once")]
    public async Task Order()
    {
        var (alice, bob) = await PairAsync();
        await using var _ = alice;
        await using var __ = bob;

        await SendAllAsync(alice, bob.Name, 300);
        await bob.WhenReceivedAsync(300);

        Assert.Equal(Numbers(300), bob.Texts);
    }

    [Fact(DisplayName = "fast: arrives, and is not acknowledged")]
    public async Task Fast()
    {
        var (alice, bob) = await PairAsync();
        await using var _ = alice;
        await using var __ = bob;

        alice.Client.SendFast(bob.Name, "quick");
        await bob.WhenReceivedAsync(1);

        Assert.Null(bob.Messages[0].Seq);
        Assert.Empty(alice.Acknowledged);
    }

    [Fact(DisplayName = "away: who was away gets everything, in order, and the sender a receipt that waited too")]
    public async Task Away()
    {
        var user = RunningCluster.NewUser("bob");
        var aliceStore = new MemoryStore();
        var name = RunningCluster.NewUser("alice");
        await using (var alice = await Person.ConnectAsync(Cluster, name, change: options => options.Store = aliceStore))
        {
            await SendAllAsync(alice, user, 50);
        }

        await using (var bob = await Person.ConnectAsync(Cluster, user))
        {
            await bob.WhenReceivedAsync(50);
            Assert.Equal(Numbers(50), bob.Texts);
        }

        List<Receipt> receipts = [];
        await using var again = Person.Of(Cluster, name, change: options => options.Store = aliceStore);
        again.Client.ReceiptReceived += receipts.Add;
        await again.ConnectAsync();
        await Eventually.IsAsync(() => receipts.ToList().Sum(receipt => receipt.Mids.Count) == 50, "50 receipts");
    }

    [Fact(DisplayName = "duplicate: the same id twice is stored once")]
    public async Task Duplicate()
    {
        var (alice, bob) = await PairAsync();
        await using var _ = alice;
        await using var __ = bob;

        var first = await alice.SendAsync(bob.Name, "once", new SendOptions { Id = "same" });
        var second = await alice.SendAsync(bob.Name, "once", new SendOptions { Id = "same" });
        await alice.SendAsync(bob.Name, "then");
        await bob.WhenReceivedAsync(2);

        Assert.Equal((false, true, first.Mid), (first.IsDuplicate, second.IsDuplicate, second.Mid));
        Assert.Equal(["once", "then"], bob.Texts);
    }

    [Fact(DisplayName = "refused: an error that is final fails the send, by its code")]
    public async Task Refused()
    {
        var (alice, bob) = await PairAsync();
        await using var _ = alice;
        await using var __ = bob;
        await alice.SendAsync(bob.Name, "one", new SendOptions { Id = "same" });

        var reused = await Assert.ThrowsAsync<ClientException>(() => alice.SendAsync(bob.Name, "another", new SendOptions { Id = "same" }));
        var foreign = await Assert.ThrowsAsync<ClientException>(() => alice.SendAsync(Target.Room("nobody's"), "hi"));
        var large = await Assert.ThrowsAsync<ClientException>(() => alice.SendAsync(bob.Name, new string('x', 70_000)));

        Assert.Equal(("id_reused", "no_such_room", "too_large"), (reused.Code, foreign.Code, large.Code));
        Assert.Equal(ClientState.Connected, alice.Client.State);
    }

    [Fact(DisplayName = "cut: connections that break on both ends lose, double and reorder nothing")]
    public async Task Cut()
    {
        var (alice, bob) = await PairAsync(anyNode: true);
        await using var _ = alice;
        await using var __ = bob;

        for (var first = 1; first <= 301; first += 100)
        {
            var sending = SendAllAsync(alice, bob.Name, 100, first);
            alice.Client.CutConnection();
            bob.Client.CutConnection();
            await sending;
        }

        await bob.WhenReceivedAsync(400);
        Assert.Equal(Numbers(400), bob.Texts);
        Assert.Contains(alice.States, change => change is { State: ClientState.Recovering, Reason.Code: 1006 });
    }

    [Fact(DisplayName = "kill: a killed node loses, doubles and reorders nothing")]
    public async Task Kill()
    {
        var (alice, bob) = await PairAsync(anyNode: true);
        await using var _ = alice;
        await using var __ = bob;
        var victim = bob.Client.Node![^1] - '0';
        var before = await Cluster.InfoAsync(victim);

        var sending = SendAllAsync(alice, bob.Name, 400);
        await bob.WhenReceivedAsync(100);
        ProcessSignal.Kill(before.Pid);
        await sending;
        await bob.WhenReceivedAsync(400);

        Assert.Equal(Numbers(400), bob.Texts);
        await Cluster.WhenHealthAsync(victim, HttpStatusCode.OK);
        await Cluster.WhenHealthyAsync();
    }

    [Fact(DisplayName = "drain: a node that is stopped sends its clients to another before it cuts them off")]
    public async Task Drain()
    {
        var (alice, bob) = await PairAsync(anyNode: true);
        await using var _ = alice;
        await using var __ = bob;
        var leaving = bob.Client.Node!;
        var number = leaving[^1] - '0';
        var before = await Cluster.InfoAsync(number);

        ProcessSignal.Terminate(before.Pid);
        var sent = 0;
        while (bob.Client.Node == leaving || bob.Client.State != ClientState.Connected)
        {
            await alice.SendAsync(bob.Name, Text(++sent));
        }

        await bob.WhenReceivedAsync(sent);
        Assert.Equal(Numbers(sent), bob.Texts);
        Assert.All(bob.States.Where(change => change.Reason is not null), change => Assert.Equal(4200, change.Reason!.Code));
        output.WriteLine($"{sent} messages while {leaving} was going");
        await Eventually.IsAsync(async () => await Cluster.TryInfoAsync(number) is null, "the node has ended");
        await Cluster.CommandAsync($"node-{number}", "restart");
        await Cluster.WhenHealthyAsync();
    }

    [Fact(DisplayName = "resume: a client of the same store goes on where the last one was")]
    public async Task Resume()
    {
        var user = RunningCluster.NewUser("bob");
        var path = Path.Combine(Directory.CreateTempSubdirectory("ds-client").FullName, "bob.store");
        await using var alice = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("alice"));
        string? device;
        using (var store = new FileClientStore(path))
        {
            await using var bob = await Person.ConnectAsync(Cluster, user, change: options => options.Store = store);
            await SendAllAsync(alice, user, 20);
            await bob.WhenReceivedAsync(20);
            device = bob.Client.Device;
        }

        await SendAllAsync(alice, user, 10);
        using var again = new FileClientStore(path);
        await using var later = await Person.ConnectAsync(Cluster, user, change: options => options.Store = again);
        await later.WhenReceivedAsync(10);

        Assert.Equal(device, later.Client.Device);
        Assert.Equal(Numbers(10), later.Texts);
        Assert.Empty(later.Gaps);
    }

    [Fact(DisplayName = "outbox: what was not acknowledged is sent by the next client of the store")]
    public async Task Outbox()
    {
        var name = RunningCluster.NewUser("alice");
        await using var bob = await Person.ConnectAsync(Cluster, RunningCluster.NewUser("bob"));
        var path = Path.Combine(Directory.CreateTempSubdirectory("ds-client").FullName, "alice.store");
        using (var store = new FileClientStore(path))
        {
            await using var alice = Person.Of(Cluster, name, change: options => options.Store = store);
            var first = alice.SendAsync(bob.Name, "1");
            var second = alice.SendAsync(bob.Name, "2");
            await alice.DisposeAsync();
            await Assert.ThrowsAsync<ClientException>(() => first);
            await Assert.ThrowsAsync<ClientException>(() => second);
        }

        using var again = new FileClientStore(path);
        await using var later = await Person.ConnectAsync(Cluster, name, change: options => options.Store = again);
        await bob.WhenReceivedAsync(2);
        await Eventually.IsAsync(() => later.Acknowledged.Count == 2, "both are acknowledged");

        Assert.Equal(["1", "2"], bob.Texts);
    }

    [Fact(DisplayName = "gap: an inbox that has begun anew is told, and goes on")]
    public async Task Gap()
    {
        var (alice, bob) = await PairAsync(anyNode: true);
        await using var _ = alice;
        await using var __ = bob;
        await SendAllAsync(alice, bob.Name, 5);
        await bob.WhenReceivedAsync(5);

        await Cluster.Redis.KeyDeleteAsync([.. Cluster.RedisServer.Keys(pattern: "*" + bob.Name + "*")]);
        bob.Client.CutConnection();
        await Eventually.IsAsync(() => bob.Gaps.Count > 0, "the gap is told");
        await alice.SendAsync(bob.Name, "after");
        await Eventually.IsAsync(() => bob.Texts.Contains("after"), "the message after it");

        Assert.Equal((null, null, null), (bob.Gaps[0].Room, bob.Gaps[0].From, bob.Gaps[0].To));
    }

    [Fact(DisplayName = "superseded: the same device elsewhere closes the first client for good")]
    public async Task Superseded()
    {
        var user = RunningCluster.NewUser("bob");
        await using var first = await Person.ConnectAsync(Cluster, user, node: 1, change: options => options.Device = "phone");
        await using var second = await Person.ConnectAsync(Cluster, user, node: 2, change: options => options.Device = "phone");

        await Eventually.IsAsync(() => first.Client.State == ClientState.Closed, "the first one is closed");
        var refused = await Assert.ThrowsAsync<ClientException>(() => first.SendAsync("carol", "hi"));

        Assert.Equal(4005, first.States[^1].Reason!.Code);
        Assert.Equal(ClientException.Closed, refused.Code);
        Assert.Equal(ClientState.Connected, second.Client.State);
    }

    [Fact(DisplayName = "nodes: an address where nobody answers is passed over")]
    public async Task Nodes()
    {
        await using var alice = Person.Of(Cluster, RunningCluster.NewUser("alice"), node: 3, change: options =>
        {
            options.Nodes.Insert(0, new Uri("http://localhost:9"));
            options.Nodes.Insert(0, new Uri("http://localhost:10"));
        });

        await alice.ConnectAsync();

        Assert.Equal("server-3", alice.Client.Node);
    }

    [Fact(DisplayName = "full: an outbox without room waits or fails, as it was told")]
    public async Task Full()
    {
        await using var failing = Person.Of(Cluster, RunningCluster.NewUser("alice"), change: options => (options.OutboxCapacity, options.WhenOutboxFull) = (1, OutboxPolicy.Fail));
        await using var waiting = Person.Of(Cluster, RunningCluster.NewUser("carol"), change: options => options.OutboxCapacity = 1);
        var user = RunningCluster.NewUser("bob");
        var kept = failing.SendAsync(user, "1");
        var full = await Assert.ThrowsAsync<ClientException>(() => failing.SendAsync(user, "2"));
        var first = waiting.SendAsync(user, "1");
        var second = waiting.SendAsync(user, "2");

        await failing.ConnectAsync();
        await waiting.ConnectAsync();

        Assert.Equal(ClientException.OutboxFull, full.Code);
        await Task.WhenAll(kept, first, second).WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Numbers(int count) => Enumerable.Range(1, count).Select(Text);

    private static Task<SentMessage[]> SendAllAsync(Person from, string to, int count, int first = 1) =>
        Task.WhenAll(Enumerable.Range(first, count).Select(Text).Select(text => from.SendAsync(to, text))).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    private async Task<(Person Alice, Person Bob)> PairAsync(bool anyNode = false) => (
        await Person.ConnectAsync(Cluster, RunningCluster.NewUser("alice"), anyNode ? null : 1),
        await Person.ConnectAsync(Cluster, RunningCluster.NewUser("bob"), anyNode ? null : 2));
}
