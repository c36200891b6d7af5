// Revocations in memory keep the contract.
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.Tests.Contracts;

namespace DistributedSockets.Tests.Auth;

public sealed class InMemoryRevocationsTests : RevocationContract
{
    private protected override Task<IRevocations> CreateAsync() => Task.FromResult<IRevocations>(new InMemoryRevocations(TimeProvider.System));
}
