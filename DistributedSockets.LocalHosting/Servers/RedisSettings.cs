// What a Redis of ours is asked to be.
namespace DistributedSockets.LocalHosting.Servers;

/// <summary><paramref name="ExtraArguments"/> come after the configuration file, so they win over it.</summary>
internal sealed record RedisSettings(int Port, string Password, string DataFolder, IReadOnlyList<string> ExtraArguments);
