// The registry in memory keeps the contract.
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Registry;

public sealed class InMemoryConnectionRegistryTests : RegistryContract
{
    private protected override Task<RegistryUnderTest> CreateAsync()
    {
        var lease = TimeSpan.FromSeconds(6);
        var time = new FakeTimeProvider();
        return Task.FromResult(new RegistryUnderTest(new InMemoryConnectionRegistry(time, lease), lease, PassAsync));

        Task PassAsync(TimeSpan length)
        {
            time.Advance(length);
            return Task.CompletedTask;
        }
    }
}
