// What is wrong with the settings of webhooks.
namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>A part of <see cref="SocketNodeOptionsValidator"/>: each problem names its setting, and none tells a secret.</summary>
internal static class HookOptionsCheck
{
    private const int LeastSecret = 32;

    public static void Check(HookOptions hooks, List<string> problems)
    {
        if (!hooks.IsConfigured)
        {
            return;
        }

        if (!Uri.TryCreate(hooks.Url, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.UserInfo.Length > 0)
        {
            problems.Add("Webhooks:Url must be an http or https address without a user name.");
        }

        if (hooks.Secret is null || hooks.Secret.Length < LeastSecret)
        {
            problems.Add($"Webhooks:Secret must have at least {LeastSecret} characters: the back end knows by it that an event comes from here.");
        }

        if (!string.IsNullOrEmpty(hooks.PreviousSecret) && hooks.PreviousSecret.Length < LeastSecret)
        {
            problems.Add($"Webhooks:PreviousSecret must have at least {LeastSecret} characters.");
        }

        foreach (var type in hooks.Events.Except(HookTypes.All))
        {
            problems.Add($"Webhooks:Events has '{type}'; there are {string.Join(", ", HookTypes.All)}.");
        }

        OptionRange.Check("Webhooks:Timeout", hooks.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1), problems);
        OptionRange.Check("Webhooks:GiveUpAfter", hooks.GiveUpAfter, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30), problems);
        OptionRange.Check("Webhooks:Pending", hooks.Pending, 1, 100_000, problems);
        OptionRange.Check("Webhooks:Parallel", hooks.Parallel, 1, 1024, problems);
    }
}
