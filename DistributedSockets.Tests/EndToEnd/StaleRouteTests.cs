// Entries of the registry that are wrong, and bytes on the exchange that nobody can read.
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Support;
using RabbitMQ.Client;

namespace DistributedSockets.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class StaleRouteTests(ClusterFixture fixture)
{
    private const int Count = 50;

    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_user_whose_node_does_not_hold_them_gets_it_from_the_inbox() =>
        await AssertStoredOnceAsync((await Cluster.InfoAsync(2)).Self);

    [Fact]
    public async Task A_user_on_a_boot_that_is_gone_gets_it_from_the_inbox()
    {
        var living = (await Cluster.InfoAsync(2)).Self;
        await AssertStoredOnceAsync(living with { Number = living.Number - 1 });
    }

    [Fact]
    public async Task What_the_broker_returns_ends_in_the_inbox()
    {
        // Newer than anybody's picture of the living nodes, so it counts, is published to, and comes back unroutable.
        var living = (await Cluster.InfoAsync(2)).Self;
        await AssertStoredOnceAsync(living with { Number = living.Number + 1_000_000_000 });
    }

    [Theory]
    [InlineData(null)]
    [InlineData(BusTopology.EnvelopesType)]
    public async Task Poison_on_the_exchange_is_put_aside_once_and_harms_nobody(string? contentType)
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        await using var sender = await Cluster.ConnectAsync(alice, node: 2);
        await using var receiver = await Cluster.ConnectAsync(bob, node: 1);
        await using var stranger = await Cluster.ConnectToRabbitMqAsync();
        await using var channel = await stranger.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), TestContext.Current.CancellationToken);
        var poison = RandomNumberGenerator.GetBytes(200);

        await channel.BasicPublishAsync(
            "messages", "server.server-1", mandatory: true, new BasicProperties { ContentType = contentType }, poison, TestContext.Current.CancellationToken);
        await sender.SendAsync(bob, "after the poison");

        Assert.Equal("after the poison", (await receiver.NextMessageAsync()).Body);
        await Cluster.WhenHealthAsync(1, HttpStatusCode.OK);
        var dead = new List<BasicGetResult>();
        await Eventually.IsAsync(
            async () =>
            {
                while (await channel.BasicGetAsync("ds.dead", autoAck: true, TestContext.Current.CancellationToken) is { } message)
                {
                    dead.Add(message);
                }

                return dead.Exists(message => message.Body.Span.SequenceEqual(poison));
            },
            "the poison is in ds.dead");
        Assert.False(Assert.Single(dead, message => message.Body.Span.SequenceEqual(poison)).Redelivered);
    }

    /// <summary>Bob has a session in Redis that is a lie. What is sent to him is stored once and in order, however often it was looked up.</summary>
    private async Task AssertStoredOnceAsync(NodeIncarnation lie)
    {
        var (alice, bob) = (RunningCluster.NewUser("alice"), RunningCluster.NewUser("bob"));
        var session = new Session(new UserId(bob), DeviceId.Plain, lie, ConnectionId.New(), Since: 0);
        await Cluster.Redis.HashSetAsync(RedisKeys.Sessions(session.User), SessionCodec.Field(session), SessionCodec.Value(session));
        await using var sender = await Cluster.ConnectAsync(alice, node: 1);
        string[] sent = [.. Enumerable.Range(1, Count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        foreach (var body in sent)
        {
            await sender.SendAsync(bob, body);
        }

        await Cluster.WhenStoredAsync(bob, Count);
        await using var receiver = await Cluster.ConnectAsync(bob, node: 3);
        Assert.Equal(sent, await receiver.NextBodiesAsync(Count));
        Assert.Equal(Count, await Cluster.InboxLengthAsync(bob));
    }
}
