// AddExecutable: any program as a process.
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Running;
using DistributedSockets.LocalHosting.Servers;

namespace Aspire.Hosting;

public static class ExecutableResourceBuilderExtensions
{
    /// <param name="workingDirectory">Relative to the AppHost's folder.</param>
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args)
    {
        var folder = Path.GetFullPath(workingDirectory, builder.AppHostDirectory);
        return builder.AddResource(new ExecutableResource(name, command, folder))
            .WithArgs(args ?? [])
            .WithAnnotation(new LaunchAnnotation(context => Task.FromResult<IReadOnlyList<ServerCommand>>(
                [new ServerCommand(command, context.Arguments, context.Environment, folder)])));
    }
}

public static class ArgumentExtensions
{
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args)
        where T : IResourceWithArgs => builder.WithAnnotation(new ArgumentsAnnotation(args));

    /// <summary>Strings, and values known at start such as endpoints.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params object[] args)
        where T : IResourceWithArgs => builder.WithAnnotation(new ArgumentsAnnotation(args));

    internal static async Task<IReadOnlyList<string>> ResolveArgumentsAsync(this IResource resource, CancellationToken cancellationToken)
    {
        var arguments = new List<string>();
        foreach (var argument in resource.Annotations.OfType<ArgumentsAnnotation>().SelectMany(annotation => annotation.Arguments))
        {
            arguments.Add(argument is IValueProvider provider
                ? await provider.GetValueAsync(cancellationToken) ?? ""
                : Convert.ToString(argument, CultureInfo.InvariantCulture) ?? "");
        }

        return arguments;
    }
}
