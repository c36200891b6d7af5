// AddRedis and AddRabbitMQ: servers with a password and a data folder of their own, for as long as the application runs.
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Running;
using DistributedSockets.LocalHosting.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static class RedisBuilderExtensions
{
    /// <summary>Arguments given with WithArgs reach redis-server.</summary>
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port = null)
    {
        var password = ServerPassword.Create();
        var redis = new RedisResource(name, password);
        return builder.AddResource(redis)
            .WithAnnotation(new EndpointAnnotation("tcp", "tcp") { Port = port })
            .WithServerHealthCheck(new RedisHealthCheck(redis.PrimaryEndpoint, password))
            .WithAnnotation(new LaunchAnnotation(context => RedisServer.PrepareAsync(
                new RedisSettings(redis.PrimaryEndpoint.Port, password, context.DataFolder, context.Arguments), context.Progress, context.CancellationToken)));
    }
}

public static class RabbitMQBuilderExtensions
{
    public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(this IDistributedApplicationBuilder builder, string name)
    {
        var password = ServerPassword.Create();
        var rabbitMq = new RabbitMQServerResource(name, password);
        var management = new EndpointReference(rabbitMq, RabbitMQServerResource.ManagementEndpoint);
        return builder.AddResource(rabbitMq)
            .WithAnnotation(new EndpointAnnotation("tcp", "tcp"))
            .WithServerHealthCheck(new RabbitMqHealthCheck(rabbitMq))
            .WithAnnotation(new LaunchAnnotation(context => RabbitMqServer.PrepareAsync(
                new RabbitMqSettings(
                    rabbitMq.PrimaryEndpoint.Port,
                    management.Exists ? management.Port : null,
                    RabbitMQServerResource.UserName,
                    password,
                    context.DataFolder),
                context.Progress,
                context.CancellationToken)));
    }

    public static IResourceBuilder<RabbitMQServerResource> WithManagementPlugin(this IResourceBuilder<RabbitMQServerResource> builder) =>
        builder.WithAnnotation(new EndpointAnnotation(RabbitMQServerResource.ManagementEndpoint, "http"));
}

internal static class ServerPassword
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>As long as Aspire's, and of characters that need no escaping in an address.</summary>
    public static string Create() => RandomNumberGenerator.GetString(Alphabet, 22);

    public static IResourceBuilder<T> WithServerHealthCheck<T>(this IResourceBuilder<T> builder, IHealthCheck check)
        where T : IResource
    {
        var key = $"{builder.Resource.Name}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().AddCheck(key, check);
        return builder.WithAnnotation(new HealthCheckAnnotation(key));
    }
}
