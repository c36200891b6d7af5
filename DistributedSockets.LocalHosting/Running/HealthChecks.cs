// How each kind of resource is asked whether it can be used.
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client;

namespace DistributedSockets.LocalHosting.Running;

internal sealed class HttpHealthCheck(IHttpClientFactory clients, EndpointReference endpoint, string path, int statusCode) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(nameof(HttpHealthCheck));
        using var response = await client.GetAsync(new Uri(new Uri(endpoint.Url), path), cancellationToken);
        return (int)response.StatusCode == statusCode
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(string.Create(CultureInfo.InvariantCulture, $"{path} answered {(int)response.StatusCode}"));
    }
}

/// <summary>Signs in and pings, over the plain protocol.</summary>
internal sealed class RedisHealthCheck(EndpointReference endpoint, string password) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"AUTH {password}\r\nPING\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var signedIn = await reader.ReadLineAsync(cancellationToken);
        var answer = await reader.ReadLineAsync(cancellationToken);

        // "-LOADING …" while Redis reads its data.
        return (signedIn, answer) == ("+OK", "+PONG") ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(answer);
    }
}

/// <summary>Opens a connection with the application's user; the broker refuses that until it has started completely.</summary>
internal sealed class RabbitMqHealthCheck(RabbitMQServerResource server) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var address = await server.ConnectionStringExpression.GetValueAsync(cancellationToken);
        var factory = new ConnectionFactory { Uri = new Uri(address!), AutomaticRecoveryEnabled = false, ClientProvidedName = "AppHost health check" };
        await using var connection = await factory.CreateConnectionAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
