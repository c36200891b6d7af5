// WithEnvironment and WithReference: what a resource finds in its environment.
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting;

namespace Aspire.Hosting;

public static class EnvironmentExtensions
{
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context => context.EnvironmentVariables[name] = value ?? "");

    /// <summary>For $"…": the compiler prefers this to the overload for strings. See the handler for what a hole may hold.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, in ReferenceExpression.ExpressionInterpolatedStringHandler value)
        where T : IResourceWithEnvironment
    {
        var expression = value.GetExpression();
        return builder.WithEnvironment(name, expression);
    }

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context => context.EnvironmentVariables[name] = value);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context => context.EnvironmentVariables[name] = endpointReference);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context =>
        {
            callback(context);
            return Task.CompletedTask;
        });

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Func<EnvironmentCallbackContext, Task> callback)
        where T : IResourceWithEnvironment => builder.WithAnnotation(new EnvironmentCallbackAnnotation(callback));

    /// <summary>Adds ConnectionStrings__name, and the parts as NAME_HOST, NAME_PORT and so on.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null)
        where TDestination : IResourceWithEnvironment
    {
        var name = connectionName ?? source.Resource.Name;
        builder.WithAnnotation(new ReferenceAnnotation(source.Resource));
        return builder.WithEnvironment(context =>
        {
            context.EnvironmentVariables[$"ConnectionStrings__{name}"] = source.Resource.ConnectionStringExpression;
            foreach (var (key, value) in source.Resource.GetConnectionProperties())
            {
                context.EnvironmentVariables[$"{ResourceName.AsVariable(name)}_{key.ToUpperInvariant()}"] = value;
            }
        });
    }

    /// <summary>Adds services__name__endpoint__0 for service discovery, and NAME_ENDPOINT.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        var name = source.Resource.Name;
        builder.WithAnnotation(new ReferenceAnnotation(source.Resource));
        return builder.WithEnvironment(context =>
        {
            foreach (var endpoint in source.Resource.Annotations.OfType<EndpointAnnotation>())
            {
                var reference = new EndpointReference(source.Resource, endpoint.Name);
                context.EnvironmentVariables[$"services__{name}__{endpoint.Name}__0"] = reference;
                context.EnvironmentVariables[$"{ResourceName.AsVariable(name)}_{endpoint.Name.ToUpperInvariant()}"] = reference;
            }
        });
    }

    /// <summary>Runs the callbacks and asks the values: done anew at each start of the resource.</summary>
    internal static async Task<IReadOnlyDictionary<string, string>> ResolveEnvironmentAsync(this IResource resource, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(resource, cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            environment[name] = value is IValueProvider provider
                ? await provider.GetValueAsync(cancellationToken) ?? ""
                : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        return environment;
    }
}
