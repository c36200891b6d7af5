// The distribution, from /etc/os-release.
using System.Runtime.InteropServices;

namespace DistributedSockets.LocalHosting.Servers;

internal sealed record OsRelease(string Id, IReadOnlyList<string> Like, string Version)
{
    public bool IsDebianLike => Id is "debian" or "ubuntu" || Like.Contains("debian") || Like.Contains("ubuntu");

    /// <summary>Binaries fit one release and one processor: an upgrade of the machine makes another key.</summary>
    public string Key => $"{Id}-{Version}-{RuntimeInformation.OSArchitecture}".ToLowerInvariant();

    public static OsRelease? Read(Machine machine)
    {
        var file = machine.At("etc/os-release");
        return File.Exists(file) ? Parse(File.ReadAllLines(file)) : null;
    }

    // ID=debian
    // VERSION_ID="12"           (absent on testing and unstable, which have a code name only)
    // VERSION_CODENAME=bookworm
    // ID_LIKE="ubuntu debian"
    public static OsRelease Parse(IEnumerable<string> lines)
    {
        var values = lines
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0].Trim(), pair => pair[1].Trim().Trim('"', '\''));
        string Value(string name) => values[name].LastOrDefault() ?? "";
        var version = Value("VERSION_ID") is { Length: > 0 } id ? id : Value("VERSION_CODENAME");
        return new OsRelease(Value("ID"), Value("ID_LIKE").Split(' ', StringSplitOptions.RemoveEmptyEntries), version);
    }
}
