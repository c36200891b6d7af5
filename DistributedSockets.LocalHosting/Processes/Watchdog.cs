// What stands in front of each program on Linux and macOS: a session of its own, and a shell that waits for the AppHost's end.
using System.Text.RegularExpressions;

namespace DistributedSockets.LocalHosting.Processes;

internal static partial class Watchdog
{
    /// <summary>From the end of the AppHost to SIGKILL, in seconds. Together with the orphan watch it stays under 10 s.</summary>
    private const string KillDelay = "4";

    // Standard input is a pipe whose other end only the AppHost holds: however it dies, the pipe ends, and the shell in the background reads
    // that. It is of the program's process group, so "0" is that group for as long as the shell lives, and no other group can have its number.
    // A new session also keeps a terminal's Ctrl+C away: the AppHost alone gets it, and stops things in their order.
    private const string Script =
        "exec 3<&0 </dev/null\n" +
        "( trap '' TERM INT HUP; exec >/dev/null 2>&1; read -r _ <&3; kill -TERM 0; sleep " + KillDelay + "; kill -KILL 0 ) &\n" +
        "exec 3<&-\n" +
        "exec \"$@\"";

    /// <summary>Each step replaces itself by the next, so the process started is in the end the program.</summary>
    public static IReadOnlyList<string> Prefix { get; } = [.. NewSession(), "/bin/sh", "-c", Script, "sh"];

    /// <summary>
    /// A shell may hand on only variables whose names are words of its language; dash does. <c>services__node-1__http__0</c> is none, so it goes
    /// around the shell, by the command <c>env</c>.
    /// </summary>
    public static IEnumerable<string> VariablesThatShellsDrop(IDictionary<string, string?> environment)
    {
        var dropped = environment.Where(variable => !ShellName().IsMatch(variable.Key)).Select(variable => $"{variable.Key}={variable.Value}").ToArray();
        return dropped.Length == 0 ? [] : ["env", .. dropped];
    }

    // util-linux has a command for it; macOS has Perl.
    private static string[] NewSession() => ExecutableSearch.Find("setsid") is { } setsid
        ? [setsid]
        : ["perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV or exit 127"];

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex ShellName();
}
