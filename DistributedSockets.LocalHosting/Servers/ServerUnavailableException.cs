// Redis or RabbitMQ can't be had on this machine; the message is for the user and names the way out.
namespace DistributedSockets.LocalHosting.Servers;

internal sealed class ServerUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    public const string Choices =
        """
        Ways out:
          macOS             brew install redis rabbitmq
          Debian, Ubuntu    nothing to install, but the first start needs apt-get, dpkg-deb and the package mirrors
          Docker or Podman  UseAspire=true runs both servers in containers
          your own servers  start the nodes by hand with ConnectionStrings__redis and ConnectionStrings__rabbitmq
        """;
}
