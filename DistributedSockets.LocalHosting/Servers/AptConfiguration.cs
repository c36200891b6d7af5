// The apt settings under which an ordinary user can look up and download packages.
namespace DistributedSockets.LocalHosting.Servers;

internal static class AptConfiguration
{
    /// <summary>Creates apt's folders below <paramref name="folder"/> and returns the path of the configuration file.</summary>
    public static string Write(string folder, Machine machine)
    {
        Directory.CreateDirectory(Path.Combine(folder, "lists", "partial"));
        Directory.CreateDirectory(Path.Combine(folder, "archives", "partial"));
        var status = machine.At("var/lib/dpkg/status");
        File.WriteAllText(Path.Combine(folder, "status"), File.Exists(status) ? DpkgStatus.Reduce(File.ReadLines(status)) : "");
        var file = Path.Combine(folder, "apt.conf");
        File.WriteAllText(file, Text(folder));
        return file;
    }

    // Sources, keys, proxies and pins stay the machine's. Hooks are cleared because they touch system folders
    // (container images delete the system's archives after an update). With root, apt would drop to the user _apt,
    // who can't write to a home folder. Only the package index is fetched, not descriptions, icons and commands.
    public static string Text(string folder) =>
        $"""
        #clear APT::Update::Pre-Invoke;
        #clear APT::Update::Post-Invoke;
        #clear APT::Update::Post-Invoke-Success;
        #clear DPkg::Pre-Invoke;
        #clear DPkg::Post-Invoke;
        #clear DPkg::Pre-Install-Pkgs;
        Dir::State "{folder}";
        Dir::State::lists "{folder}/lists";
        Dir::State::status "{folder}/status";
        Dir::Cache "{folder}";
        Dir::Cache::archives "{folder}/archives";
        Dir::Log "{folder}";
        Debug::NoLocking "true";
        APT::Sandbox::User "root";
        APT::Install-Recommends "false";
        APT::Install-Suggests "false";
        Acquire::Languages "none";
        Acquire::GzipIndexes "true";
        Acquire::Retries "3";
        Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
        Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";

        """;
}
