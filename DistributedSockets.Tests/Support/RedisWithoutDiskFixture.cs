// A Redis of its own for a test class that asks it ten thousand things: none of them waits for a disk.
namespace DistributedSockets.Tests.Support;

/// <summary>A Redis that keeps nothing, for tests of what it does and not of what it still knows after a restart.</summary>
public sealed class RedisWithoutDiskFixture() : RedisFixture("--appendonly", "no");
