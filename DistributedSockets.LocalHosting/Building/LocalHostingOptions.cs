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

    /// <summary>
    /// How long a process has after SIGTERM. A node that stops among others that go on drains for 10 s by default and has 25 s for the rest: where nodes get a longer window,
    /// raise it with that.
    /// </summary>
    public TimeSpan StopTimeout(IResource resource)
    {
        var (kind, seconds) = resource switch
        {
            ProjectResource => ("Project", 40.0),
            ExecutableResource => ("Executable", 15.0),
            _ => ("Server", 15.0),
        };
        return TimeSpan.FromSeconds(configuration.GetValue($"LocalHosting:StopSeconds:{kind}", seconds));
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
