// A colour per node, the same on every page and in every picture.
using System.Globalization;

namespace DistributedSockets.Web.Traces;

/// <summary>By the number at the end of a node's name, so that neighbours differ. Each colour has three times the contrast of what is around it, in light and in dark.</summary>
internal static class NodeColor
{
    private static readonly string[] Palette =
    [
        "light-dark(#4338ca, #a5b4fc)",
        "light-dark(#0f766e, #5eead4)",
        "light-dark(#b45309, #fbbf24)",
        "light-dark(#be185d, #f472b6)",
        "light-dark(#0369a1, #38bdf8)",
        "light-dark(#4d7c0f, #a3e635)",
        "light-dark(#7c3aed, #c084fc)",
        "light-dark(#475569, #94a3b8)",
    ];

    /// <summary>For an element's <c>style</c>: sets <c>--node</c>.</summary>
    public static string Style(string node)
    {
        var digits = node[node.TrimEnd([.. "0123456789"]).Length..];
        var number = uint.TryParse(digits, CultureInfo.InvariantCulture, out var found) ? found - 1 : (uint)node.Sum(letter => letter);
        return $"--node: {Palette[number % Palette.Length]}";
    }
}
