// The node's pings on real connections: who answers stays, who does not is cut off.
using System.Text;
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class PingTests
{
    private static readonly string[] Hurried = ["Limits:PingInterval=00:00:01", "Limits:PingTimeout=00:00:01"];

    [Fact]
    public async Task Client_that_answers_no_ping_is_cut_off_and_one_that_answers_stays()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Hurried);
        await using var silent = await RawClient.ConnectAsync(cluster[0].Uri, "silent");
        await using var lively = await RawClient.ConnectAsync(cluster[0].Uri, "lively");

        var answering = AnswerAsync(lively, pings: 4);
        Assert.Empty((await silent.NextAsync(Opcode.Ping)).Payload);
        await silent.WhenEndedAsync();
        await Eventually.IsAsync(() => !cluster.Knows("silent"), "the silent one is gone");
        await answering;
        await lively.SendAsync(ClientFrame.Text("""{"to":"lively","body":"still here"}"""));
        Assert.Contains("still here", (await NextTextAsync(lively)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pings_come_to_a_client_that_sends_all_the_time_and_what_it_sends_counts_as_an_answer()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, Hurried);
        await using var busy = await RawClient.ConnectAsync(cluster[0].Uri, "busy");
        using var enough = new CancellationTokenSource();
        var sending = SendAsync(busy, enough.Token);

        var since = TimeProvider.System.GetTimestamp();
        for (var ping = 1; ping <= 3; ping++)
        {
            await busy.NextAsync(Opcode.Ping);
        }

        Assert.InRange(TimeProvider.System.GetElapsedTime(since), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(7));
        await enough.CancelAsync();
        await sending;
        Assert.True(cluster.Knows("busy"));
    }

    [Fact]
    public async Task Client_that_pings_before_its_hello_and_reads_no_answer_is_cut_off()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1, "Limits:HelloTimeout=00:00:01");
        await using var greedy = await RawClient.ConnectAsync(cluster[0].Uri, "greedy", "ds.v1.json");
        var pings = Enumerable.Repeat(ClientFrame.Of(Opcode.Ping, new byte[125]), 500).ToArray();

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await greedy.SendAsync(pings);
            }
        });
    }

    private static async Task AnswerAsync(RawClient client, int pings)
    {
        for (var ping = 1; ping <= pings; ping++)
        {
            await client.SendAsync(ClientFrame.Of(Opcode.Pong, (await client.NextAsync(Opcode.Ping)).Payload));
        }
    }

    private static async Task<RawFrame> NextTextAsync(RawClient client)
    {
        RawFrame frame;
        do
        {
            frame = await client.NextAsync();
        }
        while (frame.Opcode != Opcode.Text);
        return frame;
    }

    /// <summary>Messages that are dropped for their form: nothing comes back but pings.</summary>
    private static async Task SendAsync(RawClient client, CancellationToken enough)
    {
        var some = Enumerable.Repeat(ClientFrame.Of(Opcode.Text, Encoding.UTF8.GetBytes("""{"to":"nobody"}""")), 100).ToArray();
        while (!enough.IsCancellationRequested)
        {
            await client.SendAsync(some);
            await Task.Yield();
        }
    }
}
