// Colour codes in the output of resources: for a terminal only.
using System.Text.RegularExpressions;

namespace DistributedSockets.LocalHosting.Display;

internal static partial class AnsiText
{
    public static string Strip(string line) => line.Contains('\e') ? Sequence().Replace(line, "") : line;

    // ESC [ 1 ; 3 1 m
    [GeneratedRegex("\e\\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Sequence();
}
