// What a RabbitMQ of ours is asked to be.
namespace DistributedSockets.LocalHosting.Servers;

/// <summary>
/// User and password are written into an empty data folder at its first start; later starts keep those.
/// Without <paramref name="ManagementPort"/> the management plugin is off.
/// </summary>
internal sealed record RabbitMqSettings(int Port, int? ManagementPort, string UserName, string Password, string DataFolder);
