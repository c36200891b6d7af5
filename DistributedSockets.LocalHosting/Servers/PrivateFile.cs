// Writes a file that only its owner can read: it holds a password or a cookie.
namespace DistributedSockets.LocalHosting.Servers;

internal static class PrivateFile
{
    public static void Write(string path, string text, bool writable)
    {
        // A new file, so that the mode holds from its first byte on.
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = writable ? UnixFileMode.UserRead | UnixFileMode.UserWrite : UnixFileMode.UserRead;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }
}
