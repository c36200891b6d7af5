// What others see of users keeps the contract in memory.
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Presence;

public sealed class InMemoryPresenceTests : PresenceContract
{
    private protected override Task<PresenceUnderTest> CreateAsync()
    {
        var lease = TimeSpan.FromHours(1);
        var time = new FakeTimeProvider();
        var registry = new InMemoryConnectionRegistry(time, lease);
        return Task.FromResult(new PresenceUnderTest(registry, registry, lease, PassAsync));

        Task PassAsync(TimeSpan length)
        {
            time.Advance(length);
            return Task.CompletedTask;
        }
    }
}
