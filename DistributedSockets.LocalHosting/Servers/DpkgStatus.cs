// The list of installed packages as apt is to see it: what is missing is computed against it.
namespace DistributedSockets.LocalHosting.Servers;

internal static class DpkgStatus
{
    // Dependencies and conflicts are left out: an installation that is itself incomplete, or that would break,
    // makes apt refuse although nothing is going to be installed.
    private static readonly string[] KeptFields =
        ["Package:", "Status:", "Essential:", "Priority:", "Architecture:", "Multi-Arch:", "Source:", "Version:", "Provides:"];

    // Erlang finds its libraries under one root: half on the machine and half unpacked does not run.
    private static readonly string[] AlwaysFetched = ["Package: erlang", "Package: rabbitmq-server", "Package: redis"];

    // Package: adduser
    // Status: install ok installed
    // Version: 3.134
    // Depends: passwd          <- left out
    //                          (an empty line ends a package; a line that starts with a space continues a field)
    public static string Reduce(IEnumerable<string> lines)
    {
        var result = new StringWriter { NewLine = "\n" };
        var skipping = false;
        foreach (var line in lines)
        {
            if (line.Length == 0)
            {
                skipping = false;
                result.WriteLine();
                continue;
            }

            skipping |= AlwaysFetched.Any(prefix => line.StartsWith(prefix, StringComparison.Ordinal));
            if (!skipping && KeptFields.Any(field => line.StartsWith(field, StringComparison.Ordinal)))
            {
                result.WriteLine(line);
            }
        }

        return result.ToString();
    }
}
