// What can be configured about the hosting itself.
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace DistributedSockets.LocalHosting;

internal sealed class LocalHostingOptions(IConfiguration configuration)
{
    /// <summary>Aspire's key: any free port instead of the wanted ones. On in tests.</summary>
    public const string RandomizePortsKey = "DcpPublisher:RandomizePorts";

    public bool RandomizePorts { get; } = configuration.GetValue(RandomizePortsKey, false);

    /// <summary>Where the folders of the runs are.</summary>
    public string RunsFolder { get; } = configuration["LocalHosting:RunsFolder"] ?? DefaultRunsFolder();

    /// <summary>Leaves data and logs behind at the end, to look at.</summary>
    public bool KeepRunFolder { get; } = configuration.GetValue("LocalHosting:KeepRunFolder", false);

    /// <summary>How long a process has after SIGTERM. Nodes drain, hence the 15 s.</summary>
    public TimeSpan StopTimeout(IResource resource)
    {
        var kind = resource switch
        {
            ProjectResource => "Project",
            ExecutableResource => "Executable",
            _ => "Server",
        };
        return TimeSpan.FromSeconds(configuration.GetValue($"LocalHosting:StopSeconds:{kind}", 15.0));
    }

    /// <summary>
    /// The option to change when a port is taken. An AppHost names its port options "…Port"; the one with the nearest value at or below it is
    /// where the port came from, also when it is the third of a row.
    /// </summary>
    public string? PortOption(int port) => configuration.GetChildren()
        .Where(section => section.Key.EndsWith("Port", StringComparison.OrdinalIgnoreCase))
        .Select(section => (section.Key, Value: int.TryParse(section.Value, CultureInfo.InvariantCulture, out var value) ? value : int.MaxValue))
        .Where(option => option.Value <= port)
        .OrderByDescending(option => option.Value)
        .Select(option => option.Key)
        .FirstOrDefault();

    private static string DefaultRunsFolder()
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return Path.Combine(data is "" ? Path.GetTempPath() : data, "distributed-sockets", "runs");
    }
}
