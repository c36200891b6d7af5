// Refuses to start on a setting that makes no sense, and names it.
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Webhooks;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode;

internal sealed class SocketNodeOptionsValidator(IHostEnvironment environment) : IValidateOptions<SocketNodeOptions>
{
    public ValidateOptionsResult Validate(string? name, SocketNodeOptions options)
    {
        var problems = new List<string>();
        problems.AddRange(AuthOptionsCheck.Problems(options.Auth, environment));
        CheckAddresses(options, problems);

        LimitOptionsCheck.Check(options.Limits, problems);

        var cluster = options.Cluster;
        OptionRange.Check("Cluster:Lease", cluster.Lease, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), problems);
        OptionRange.Check("Cluster:CutOffLimit", cluster.CutOffLimit, cluster.Lease, TimeSpan.FromDays(1), problems);
        OptionRange.Check("Cluster:ProbeInterval", cluster.ProbeInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1), problems);
        OptionRange.Check("Cluster:SweepPeriod", cluster.SweepPeriod, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), problems);
        OptionRange.Check("Cluster:DrainWindow", cluster.DrainWindow, TimeSpan.Zero, TimeSpan.FromMinutes(5), problems);
        HookOptionsCheck.Check(options.Webhooks, problems);
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

        foreach (var proxy in options.TrustedProxies)
        {
            if (!ClientAddresses.TryParse(proxy, out _))
            {
                problems.Add($"TrustedProxies has '{proxy}'; a proxy is an address, such as 10.0.0.7, or a range of them, such as 10.0.0.0/8.");
            }
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
}
