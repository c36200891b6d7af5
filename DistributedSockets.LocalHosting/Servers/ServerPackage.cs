// A server as the distribution packages it, and the oldest version that we work with.
namespace DistributedSockets.LocalHosting.Servers;

internal sealed record ServerPackage(string Title, string Name, Version Oldest)
{
    public static readonly ServerPackage Redis = new("Redis", "redis-server", new Version(7, 0));
    public static readonly ServerPackage RabbitMq = new("RabbitMQ", "rabbitmq-server", new Version(3, 10));

    public void RequireVersion(string version, string origin)
    {
        if (!IsRecent(version))
        {
            throw new ServerUnavailableException(
                $"{Title} {Oldest} or newer is needed; {origin} is {(version.Length == 0 ? "of an unknown version" : version)}.\n{ServerUnavailableException.Choices}");
        }
    }

    public bool IsRecent(string version) => Version.TryParse(version, out var parsed) && parsed >= Oldest;
}
