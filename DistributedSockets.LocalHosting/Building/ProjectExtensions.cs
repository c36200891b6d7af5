// AddProject: a project of the solution as a process, with the environment that Aspire gives it in run mode.
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting;
using DistributedSockets.LocalHosting.Processes;
using DistributedSockets.LocalHosting.Running;
using DistributedSockets.LocalHosting.Servers;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public static class ProjectResourceBuilderExtensions
{
    /// <summary>With the first launch profile of the project that starts it.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var metadata = new TProject();
        return builder.AddProject(name, metadata, LaunchProfile.ReadFirst(metadata.ProjectPath));
    }

    /// <summary>With the launch profile of that name; null for none.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new()
    {
        var metadata = new TProject();
        return builder.AddProject(name, metadata, launchProfileName is null ? null : LaunchProfile.Read(metadata.ProjectPath, launchProfileName));
    }

    private static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder, string name, IProjectMetadata metadata, LaunchProfile? profile)
    {
        var project = builder.AddResource(new ProjectResource(name));
        foreach (var url in profile?.ApplicationUrls ?? [])
        {
            project.WithAnnotation(new EndpointAnnotation(url.Scheme, url.Scheme) { Port = url.Port });
        }

        return project
            .WithAnnotation(metadata)
            .WithEnvironment(context => AddDefaults(context, builder, profile))
            .WithAnnotation(new LaunchAnnotation(context => Task.FromResult(Prepare(context, metadata))));
    }

    private static void AddDefaults(EnvironmentCallbackContext context, IDistributedApplicationBuilder builder, LaunchProfile? profile)
    {
        var variables = context.EnvironmentVariables;
        if (profile is not null)
        {
            variables["DOTNET_LAUNCH_PROFILE"] = profile.Name;
            foreach (var (key, value) in profile.EnvironmentVariables)
            {
                variables[key] = value;
            }
        }

        variables["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
        variables["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true";

        var resource = (ProjectResource)context.Resource;
        variables["OTEL_SERVICE_NAME"] = resource.Name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={resource.Annotations.OfType<InstanceAnnotation>().Single().Suffix}";
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } collector)
        {
            // The rest of the exporter's settings is inherited. Without a collector nothing is set, and the project exports nothing.
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector;
            variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        }

        if (builder.Environment.IsDevelopment())
        {
            foreach (var delay in (string[])["OTEL_BLRP_SCHEDULE_DELAY", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_METRIC_EXPORT_INTERVAL"])
            {
                variables[delay] = "1000";
            }

            variables["OTEL_TRACES_SAMPLER"] = "always_on";
            variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
        }

        var urls = resource.Annotations.OfType<EndpointAnnotation>()
            .Where(endpoint => endpoint.UriScheme is "http" or "https")
            .Select(endpoint => new EndpointReference(resource, endpoint.Name).Url)
            .ToArray();
        if (urls.Length > 0)
        {
            variables["ASPNETCORE_URLS"] = string.Join(';', urls);
        }
    }

    private static IReadOnlyList<ServerCommand> Prepare(LaunchContext context, IProjectMetadata metadata)
    {
        if (!File.Exists(metadata.TargetPath))
        {
            throw new DistributedApplicationException($"'{metadata.TargetPath}' is missing: build the project {metadata.ProjectPath} first.");
        }

        return
        [
            new ServerCommand(
                DotNetHost.Path,
                ["exec", metadata.TargetPath, .. context.Arguments],
                context.Environment,
                Path.GetDirectoryName(metadata.ProjectPath)!),
        ];
    }
}
