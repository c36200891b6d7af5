// Refuses to start on a setting that makes no sense, and names it.
using System.Globalization;
using DistributedSockets.SocketNode.Auth;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode;

internal sealed class SocketNodeOptionsValidator(IHostEnvironment environment) : IValidateOptions<SocketNodeOptions>
{
    public ValidateOptionsResult Validate(string? name, SocketNodeOptions options)
    {
        var problems = new List<string>();
        problems.AddRange(AuthOptionsCheck.Problems(options.Auth, environment));
        CheckAddresses(options, problems);

        var limits = options.Limits;
        CheckRange("Limits:FrameBytes", limits.FrameBytes, 1024, 16 * 1024 * 1024, problems);
        CheckRange("Limits:SendQueueMessages", limits.SendQueueMessages, 10, 1_000_000, problems);
        CheckRange("Limits:SendQueueBytes", limits.SendQueueBytes, 2 * limits.FrameBytes, 1024 * 1024 * 1024, problems);
        CheckRange("Limits:ConnectionsPerUser", limits.ConnectionsPerUser, 1, 10_000, problems);
        CheckRange("Limits:InboxMessages", limits.InboxMessages, 1, 10_000_000, problems);
        CheckRange("Limits:InboxBytes", limits.InboxBytes, limits.FrameBytes, 64L * 1024 * 1024 * 1024, problems);
        CheckRange("Limits:InboxRetention", limits.InboxRetention, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365), problems);
        CheckRange("Limits:MessagesInFlight", limits.MessagesInFlight, 1, 100_000, problems);
        CheckRange("Limits:PresenceUsers", limits.PresenceUsers, 1, 100_000, problems);
        CheckRange("Limits:StatusBytes", limits.StatusBytes, 1, 64 * 1024, problems);
        CheckRange("Limits:HelloTimeout", limits.HelloTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), problems);
        CheckRange("Limits:PingInterval", limits.PingInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), problems);
        CheckRange("Limits:PingTimeout", limits.PingTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), problems);

        var cluster = options.Cluster;
        CheckRange("Cluster:Lease", cluster.Lease, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), problems);
        CheckRange("Cluster:CutOffLimit", cluster.CutOffLimit, cluster.Lease, TimeSpan.FromDays(1), problems);
        CheckRange("Cluster:ProbeInterval", cluster.ProbeInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1), problems);
        CheckRange("Cluster:SweepPeriod", cluster.SweepPeriod, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), problems);
        CheckRange("Cluster:DrainWindow", cluster.DrainWindow, TimeSpan.Zero, TimeSpan.FromMinutes(5), problems);
        CheckFailpoints(options.Failpoints, problems);

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private void CheckFailpoints(FailpointOptions failpoints, List<string> problems)
    {
        var setting = !string.IsNullOrEmpty(failpoints.Folder) ? "Folder" : failpoints.ClockOffset != TimeSpan.Zero ? "ClockOffset" : null;
        if (setting is not null && !environment.IsDevelopment())
        {
            problems.Add($"Failpoints:{setting} is set. Faults on demand are for tests: they exist in Development only (this is {environment.EnvironmentName}).");
        }
        else if (!string.IsNullOrEmpty(failpoints.Folder) && !Directory.Exists(failpoints.Folder))
        {
            problems.Add($"Failpoints:Folder is '{failpoints.Folder}'; there is no such folder.");
        }
    }

    private static void CheckAddresses(SocketNodeOptions options, List<string> problems)
    {
        if (!string.IsNullOrEmpty(options.PublicUrl) && !IsHttp(options.PublicUrl))
        {
            problems.Add($"PublicUrl is '{options.PublicUrl}'; it must be an http or https address.");
        }

        foreach (var origin in options.AllowedOrigins)
        {
            if (!IsHttp(origin) || new Uri(origin).PathAndQuery != "/")
            {
                problems.Add($"AllowedOrigins has '{origin}'; an origin looks like https://chat.example.com, without a path.");
            }
        }
    }

    private static bool IsHttp(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);

    private static void CheckRange<T>(string setting, T value, T least, T most, List<string> problems)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{setting} is {value}; it must lie between {least} and {most}."));
        }
    }
}
