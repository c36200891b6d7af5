// One package that apt would fetch.
using System.Text.RegularExpressions;

namespace DistributedSockets.LocalHosting.Servers;

internal sealed partial record DebianPackage(string Name, string Version, string File, long Size)
{
    /// <summary>The version without epoch and packaging suffixes: 5:7.0.15-1~deb12u10 is 7.0.15.</summary>
    public string UpstreamVersion => Version[(Version.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('-', '+', '~')[0];

    // 'http://mirror.example/.../redis-tools_7.0.15-1_amd64.deb' redis-tools_5%3a7.0.15-1_amd64.deb 991988 MD5Sum:...
    public static IReadOnlyList<DebianPackage> ParseUris(string output) =>
        [.. UriLine().Matches(output).Select(match => new DebianPackage(
            match.Groups["name"].Value,
            Uri.UnescapeDataString(match.Groups["version"].Value),
            match.Groups["file"].Value,
            long.Parse(match.Groups["size"].Value)))];

    [GeneratedRegex(@"^'\S+' (?<file>(?<name>[^_\s]+)_(?<version>[^_\s]+)_[^_\s]+\.deb) (?<size>\d+)", RegexOptions.Multiline)]
    private static partial Regex UriLine();
}
