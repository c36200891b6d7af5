// Aspire's rules for names, so that a model that works here works there.
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace DistributedSockets.LocalHosting;

internal static partial class ResourceName
{
    public static void Validate(string name, IEnumerable<IResource> others)
    {
        if (name.Length > 64 || !Pattern().IsMatch(name))
        {
            throw new DistributedApplicationException(
                $"'{name}' is no name for a resource: at most 64 letters, digits and single hyphens, beginning with a letter, not ending with a hyphen.");
        }

        if (others.Any(other => string.Equals(other.Name, name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException($"There already is a resource named '{name}'.");
        }
    }

    /// <summary>As it begins the name of an environment variable: node-1 becomes NODE_1.</summary>
    public static string AsVariable(string name) => name.Replace('-', '_').ToUpperInvariant();

    [GeneratedRegex("^[A-Za-z](-?[A-Za-z0-9])*$")]
    private static partial Regex Pattern();
}
