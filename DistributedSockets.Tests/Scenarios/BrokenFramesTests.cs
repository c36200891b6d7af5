// Frames that break the rules, and connections that break off: the client sees why, and nothing of it stays.
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class BrokenFramesTests
{
    /// <summary>More than the buffers on the way hold of what nobody reads.</summary>
    private static readonly byte[] MuchMore = new byte[200_000];

    public enum Stage
    {
        Plain,
        BeforeHello,
        AfterHello,
    }

    public static TheoryData<Stage, int, byte[]> Violations { get; } = AllViolations();

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Violation_is_answered_with_its_code_whatever_is_sent_behind_it(Stage stage, int code, byte[] violation)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await using var alice = await ConnectAsync(cluster, stage);
            await alice.SendAsync(violation, MuchMore);

            Assert.Equal(code, await alice.WhenClosedAsync());
            await alice.SendAsync(MuchMore);
            alice.EndSending();
            Assert.True(await alice.WhenEndedAsync(), "the connection was reset");
            await Eventually.IsAsync(() => !cluster.Knows("alice"), "alice has left");
        }
    }

    [Theory]
    [InlineData(Stage.Plain)]
    [InlineData(Stage.BeforeHello)]
    [InlineData(Stage.AfterHello)]
    public async Task Client_that_goes_on_after_its_violation_is_cut_off(Stage stage)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await ConnectAsync(cluster, stage);
        await alice.SendAsync(ClientFrame.Unmasked("a"));

        Assert.Equal(1002, await alice.WhenClosedAsync());
        await alice.WhenEndedAsync();
        await Eventually.IsAsync(() => !cluster.Knows("alice"), "alice has left");
    }

    [Theory]
    [InlineData(Stage.Plain, 1009)]
    [InlineData(Stage.BeforeHello, 4009)]
    [InlineData(Stage.AfterHello, 4009)]
    public async Task Oversized_frame_is_answered_when_its_head_has_come(Stage stage, int code)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        foreach (var length in new[] { 65_537, 1L << 40, long.MaxValue })
        {
            await using var alice = await ConnectAsync(cluster, stage);
            await alice.SendAsync(ClientFrame.Head(Opcode.Text, length));

            Assert.Equal(code, await alice.WhenClosedAsync());
            alice.EndSending();
            Assert.True(await alice.WhenEndedAsync(), "the connection was reset");
        }
    }

    /// <summary>The rest of a large frame is skipped, so that the client's goodbye behind it is seen and nobody waits for a time limit.</summary>
    [Theory]
    [InlineData(Stage.Plain, 1009)]
    [InlineData(Stage.BeforeHello, 4009)]
    [InlineData(Stage.AfterHello, 4009)]
    public async Task Goodbye_behind_an_oversized_frame_ends_the_connection_in_order(Stage stage, int code)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        await using var alice = await ConnectAsync(cluster, stage);
        await alice.SendAsync(ClientFrame.Of(Opcode.Text, MuchMore), ClientFrame.Close(1000));

        Assert.Equal(code, await alice.WhenClosedAsync());
        Assert.True(await alice.WhenEndedAsync(), "the connection was reset");
    }

    [Theory]
    [InlineData(Stage.Plain)]
    [InlineData(Stage.BeforeHello)]
    [InlineData(Stage.AfterHello)]
    public async Task Half_a_frame_and_then_nothing_more_ends_the_connection(Stage stage)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var frame = ClientFrame.Text("""{"to":"bob","body":"half"}""");
        foreach (var there in new[] { 1, 5, 20 })
        {
            await using var alice = await ConnectAsync(cluster, stage);
            await alice.SendAsync(frame[..there]);
            alice.EndSending();
            Assert.True(await alice.WhenEndedAsync(), "the connection was reset");
            await Eventually.IsAsync(() => !cluster.Knows("alice"), "alice has left");
        }

        Assert.Equal(0, await cluster.WaitingAsync("bob"));
    }

    [Theory]
    [InlineData(Stage.Plain)]
    [InlineData(Stage.BeforeHello)]
    [InlineData(Stage.AfterHello)]
    public async Task Reset_in_the_middle_of_a_message_leaves_nothing(Stage stage)
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await ConnectAsync(cluster, stage);
        await alice.SendAsync(ClientFrame.Text("""{"to":"bob",""", isFinal: false), ClientFrame.Head(Opcode.Continuation, 20));
        alice.Reset();

        await Eventually.IsAsync(() => !cluster.Knows("alice") && cluster[0].Table.Find(new("alice")) is null, "alice has left");
        Assert.Equal(0, await cluster.WaitingAsync("bob"));
        await cluster[0].StopAsync();
    }

    [Fact]
    public async Task Who_is_one_too_many_sees_why_whatever_it_has_sent_already()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:ConnectionsPerUser=1");
        await using var first = await RawClient.ConnectAsync(cluster[0].Uri, "alice");
        await using var second = await RawClient.ConnectAsync(cluster[0].Uri, "alice", behind: [ClientFrame.Text("""{"to":"bob","body":"hi"}"""), ClientFrame.Of(Opcode.Binary, MuchMore)]);

        Assert.Equal(CloseReason.TooManyConnections.PlainCode, await second.WhenClosedAsync());
        await second.SendAsync([.. Enumerable.Repeat(MuchMore, 20)]);
        await second.SendAsync(MuchMore);
        second.EndSending();
        Assert.True(await second.WhenEndedAsync(), "the connection was reset");
        Assert.Equal(0, await cluster.WaitingAsync("bob"));
    }

    private static async Task<RawClient> ConnectAsync(TestCluster cluster, Stage stage)
    {
        var client = await RawClient.ConnectAsync(cluster[0].Uri, "alice", stage == Stage.Plain ? null : "ds.v1.json");
        if (stage == Stage.AfterHello)
        {
            await client.SendAsync(ClientFrame.Text("""{"type":"hello"}"""));
            await client.NextAsync(Opcode.Text);
        }

        return client;
    }

    private static TheoryData<Stage, int, byte[]> AllViolations()
    {
        var data = new TheoryData<Stage, int, byte[]>();
        foreach (var stage in Enum.GetValues<Stage>())
        {
            data.Add(stage, 1002, ClientFrame.Unmasked("""{"to":"bob","body":"hi"}"""));
            data.Add(stage, 1002, ClientFrame.With(0x40, ClientFrame.Text("compressed")));
            data.Add(stage, 1002, ClientFrame.Of((Opcode)3, []));
            data.Add(stage, 1002, ClientFrame.Rest("of nothing"));
            data.Add(stage, 1002, [.. ClientFrame.Text("a", isFinal: false), .. ClientFrame.Text("b")]);
            data.Add(stage, 1002, ClientFrame.Head(Opcode.Ping, 126));
            data.Add(stage, 1002, ClientFrame.Close(1005));
            data.Add(stage, 1007, ClientFrame.Of(Opcode.Text, [0xC3, 0x28]));
            data.Add(stage, 1007, [.. ClientFrame.Of(Opcode.Text, [0xE2], isFinal: false), .. ClientFrame.Of(Opcode.Continuation, [0x82])]);
        }

        return data;
    }
}
