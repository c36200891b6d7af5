// Makes an unpacked Erlang run from where it lies: Debian's erl has its folder written into it and ignores ERL_ROOTDIR.
using System.Text.RegularExpressions;

namespace DistributedSockets.LocalHosting.Servers;

internal static partial class ErlangRoot
{
    private const string Folder = "usr/lib/erlang";

    /// <summary>Rewrites bin/erl and erts-*/bin/erl below <paramref name="unpacked"/> for the folder <paramref name="home"/>.</summary>
    public static void MoveTo(string unpacked, string home)
    {
        var erlang = Path.Combine(unpacked, Folder);
        var scripts = Directory.EnumerateDirectories(erlang, "erts-*").Append(erlang).Select(folder => Path.Combine(folder, "bin", "erl"));
        foreach (var script in scripts.Where(File.Exists))
        {
            // Keeps the file and with it the executable bit.
            File.WriteAllText(script, Rewrite(File.ReadAllText(script), Path.Combine(home, Folder)));
        }
    }

    //     ROOTDIR=/usr/lib/erlang        three times, indented; or what an earlier rewriting put there.
    // An erl that finds its folder by itself has ROOTDIR="$dyn_rootdir" there, which stays.
    public static string Rewrite(string script, string root)
    {
        var quoted = "'" + root.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
        return RootLine().Replace(script, match => match.Groups["indent"].Value + "ROOTDIR=" + quoted);
    }

    [GeneratedRegex(@"^(?<indent>[ \t]*)ROOTDIR=(/usr/lib/erlang|'/.*')[ \t]*$", RegexOptions.Multiline)]
    private static partial Regex RootLine();
}
