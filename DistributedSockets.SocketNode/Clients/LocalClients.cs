// AddRedisClient and AddRabbitMQClient in the shape of Aspire's client integrations, for builds without the Aspire packages (UseAspire=false).
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>The settings that this repository uses of <c>Aspire.StackExchange.Redis</c>.</summary>
public sealed class StackExchangeRedisSettings
{
    public string? ConnectionString { get; set; }
}

/// <summary>The settings that this repository uses of <c>Aspire.RabbitMQ.Client</c>.</summary>
public sealed class RabbitMQClientSettings
{
    public string? ConnectionString { get; set; }

    /// <summary>Without effect here: this file has no health check for RabbitMQ, since the node has a better one (degraded, not red).</summary>
    public bool DisableHealthChecks { get; set; }
}

/// <summary>Registers the clients as Aspire does: lazily, with a health check and tracing.</summary>
public static class LocalClients
{
    /// <summary>Registers <see cref="IConnectionMultiplexer"/>, which connects when first asked for and keeps trying.</summary>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null)
    {
        var settings = new StackExchangeRedisSettings { ConnectionString = builder.Configuration.GetConnectionString(connectionName) };
        configureSettings?.Invoke(settings);
        builder.Services.AddSingleton<IConnectionMultiplexer>(_ =>
        {
            var options = ConfigurationOptions.Parse(Required(settings.ConnectionString, connectionName));
            options.AbortOnConnectFail = false;
            configureOptions?.Invoke(options);
            return ConnectionMultiplexer.Connect(options);
        });

        builder.Services.AddHealthChecks().AddCheck<RedisHealthCheck>("StackExchange.Redis");
    }

    /// <summary>Registers <see cref="IConnectionFactory"/>.</summary>
    public static void AddRabbitMQClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<RabbitMQClientSettings>? configureSettings = null,
        Action<ConnectionFactory>? configureConnectionFactory = null)
    {
        var settings = new RabbitMQClientSettings { ConnectionString = builder.Configuration.GetConnectionString(connectionName) };
        configureSettings?.Invoke(settings);
        builder.Services.AddSingleton<IConnectionFactory>(_ =>
        {
            var factory = new ConnectionFactory { Uri = new Uri(Required(settings.ConnectionString, connectionName)) };
            configureConnectionFactory?.Invoke(factory);
            return factory;
        });
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource("RabbitMQ.Client.*"));
    }

    private static string Required(string? connectionString, string name) =>
        connectionString ?? throw new InvalidOperationException($"ConnectionStrings__{name} is not set.");

    private sealed class RedisHealthCheck(IConnectionMultiplexer redis) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            try
            {
                var latency = await redis.GetDatabase().PingAsync().WaitAsync(cancellationToken);
                return HealthCheckResult.Healthy($"answered in {latency.TotalMilliseconds:0.0} ms");
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, "Redis does not answer", exception);
            }
        }
    }
}
