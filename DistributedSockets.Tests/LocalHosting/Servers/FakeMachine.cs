// A machine made of folders and small scripts: what is on it and what its apt answers is up to the test.
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Tests.LocalHosting.Servers;

internal sealed class FakeMachine : IProgress<string>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ds-machine-").FullName;

    public List<string> Progress { get; } = [];

    public Machine Machine => new(Path.Combine(_folder, "root"), [Path.Combine(_folder, "bin"), "/usr/bin", "/bin"], Cache);

    public string Cache => Path.Combine(_folder, "cache");

    public string AptCalls => Path.Combine(_folder, "apt-calls");

    // The machine that the tests run on may have the servers: their folders are left out of the search.
    public Machine Bare => Machine with { SearchPath = [Path.Combine(_folder, "bin")] };

    public string Script(string path, string body)
    {
        var file = File(path, "#!/bin/sh\n" + body + "\n");
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return file;
    }

    public string File(string path, string text)
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        System.IO.File.WriteAllText(file, text);
        return file;
    }

    public void RunsDebian() => File("root/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");

    /// <summary>apt-get and dpkg-deb that fetch and unpack a Redis which knows nothing but its version.</summary>
    public void HasApt(string redisVersion = "7.0.15", string beforeDownload = "")
    {
        Script("bin/apt-get", $"""
            echo "$3" >> '{AptCalls}'
            case "$*" in
              *--print-uris*) echo "'http://mirror/redis-server.deb' redis-server_5%3a{redisVersion}-1_amd64.deb 1500000 SHA256:0" ;;
              *--download-only*) {beforeDownload}
                /bin/mkdir -p "$(/usr/bin/dirname "$2")/archives"; echo > "$(/usr/bin/dirname "$2")/archives/redis-server.deb" ;;
            esac
            """);
        Script("bin/dpkg-deb", $"""
            /bin/mkdir -p "$3/usr/bin"
            printf '#!/bin/sh\necho "Redis server v={redisVersion} sha=0"\n' > "$3/usr/bin/redis-server"
            /bin/chmod +x "$3/usr/bin/redis-server"
            """);
    }

    public void Report(string value)
    {
        lock (Progress)
        {
            Progress.Add(value);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
