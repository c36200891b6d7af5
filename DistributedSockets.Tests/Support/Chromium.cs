// The browser of the tests: a Chromium without a screen. The machine's, else the distribution's package, unpacked beside the servers in this user's cache; no root, nothing installed.
#if !USE_ASPIRE
using DistributedSockets.LocalHosting.Servers;
#endif

namespace DistributedSockets.Tests.Support;

internal static class Chromium
{
    /// <summary>For a browser without a screen, in a container or not, that asks nobody outside for anything.</summary>
    public static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    // The shell first: it has no windows to keep behind the page, and takes a third of the processor time.
    private static readonly string[] Installed = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

    public static async Task<string> ExecutableAsync(CancellationToken cancellationToken) =>
        Installed.FirstOrDefault(File.Exists)
        ?? await UnpackedAsync(cancellationToken)
        ?? throw new InvalidOperationException("These tests need Chromium. Install it (Debian: apt-get install chromium-headless-shell); on Debian it is also fetched where apt-get and dpkg-deb are there.");

#if USE_ASPIRE
    private static Task<string?> UnpackedAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);
#else
    private static readonly ServerPackage Package = new("Chromium", "chromium-headless-shell", new Version(100, 0));

    private static async Task<string?> UnpackedAsync(CancellationToken cancellationToken)
    {
        var log = new Progress<string>(line => TestContext.Current.SendDiagnosticMessage(line));
        var folder = await new ServerCache(Machine.Current(), log).GetAsync(Package, WriteStartAsync, cancellationToken);
        return folder is null ? null : Path.Combine(folder, "start");
    }

    // Fonts that came along lie where no fontconfig of the machine looks.
    private static async Task WriteStartAsync(string folder, string finalFolder, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "fonts.conf"),
            $"""
            <?xml version="1.0"?>
            <!DOCTYPE fontconfig SYSTEM "fonts.dtd">
            <fontconfig>
              <dir>/usr/share/fonts</dir>
              <dir>{finalFolder}/usr/share/fonts</dir>
              <cachedir>{finalFolder}/fonts-cache</cachedir>
            </fontconfig>
            """,
            cancellationToken);
        // Some libraries find their own parts by a path that is fixed when they are built (libpulse: …/pulseaudio).
        var libraries = LibraryPath.For(folder).Split(':').Where(path => path.StartsWith(folder, StringComparison.Ordinal)).ToList();
        libraries.AddRange(libraries.SelectMany(path => Directory.EnumerateDirectories(path)).Where(path => Directory.EnumerateFiles(path, "lib*.so*").Any()).ToList());
        var start = Path.Combine(folder, "start");
        await File.WriteAllTextAsync(
            start,
            $"""
            #!/bin/sh
            export LD_LIBRARY_PATH="{string.Join(':', libraries).Replace(folder, finalFolder, StringComparison.Ordinal)}" FONTCONFIG_FILE="{finalFolder}/fonts.conf"
            exec "{finalFolder}/usr/lib/chromium/chromium-headless-shell" "$@"
            """ + "\n",
            cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(start, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
#endif
}
