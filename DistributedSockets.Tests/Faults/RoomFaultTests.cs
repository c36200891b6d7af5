// Rooms and presence through faults: 500 users in 50 rooms on three nodes, of which one is killed, and Redis and RabbitMQ with it.
#if !USE_ASPIRE
namespace DistributedSockets.Tests.Faults;

[Collection(FaultyCluster.Name)]
public sealed class RoomFaultTests(FaultClusterFixture fixture, ITestOutputHelper output)
{
    private const int Seed = 20266;
    private const int Users = 500;
    private const int Rooms = 50;

    [Fact]
    public async Task Rooms_lose_nothing_and_presence_settles_to_the_truth()
    {
        var (nodes, redis, rabbitMq) = (new NodeFaults(fixture.Cluster), new RedisFaults(fixture.Cluster), new RabbitMqFaults(fixture.Cluster));
        var verdict = await new FaultRun(fixture.Cluster, output).RunAsync(
            "rooms: node, Redis, RabbitMQ",
            async _ =>
            {
                await nodes.KillAsync(2);
                await fixture.Cluster.WhenHealthyAsync(2);
                await redis.KillAsync();
                await rabbitMq.RestartAsync();
            },
            new FaultLoad(fixture.Cluster, Seed, users: Users) { Rooms = Rooms, Rate = 80 });

        // Somebody has said something, and others have heard it: a clean verdict over nothing would prove nothing.
        Assert.InRange(verdict.AcknowledgedInRooms, 100, int.MaxValue);
        Assert.InRange(verdict.ShownInRooms, 10 * verdict.AcknowledgedInRooms, int.MaxValue);
    }
}
#endif
