// A process id and when that process began: an id alone is soon somebody else's.
using System.Diagnostics;
using System.Globalization;

namespace DistributedSockets.LocalHosting.Processes;

internal readonly record struct ProcessIdentity(int Id, long Start)
{
    /// <summary>Null when there is no such process.</summary>
    public static ProcessIdentity? Of(int id)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // 4711 (na me) S 1 … : the 22nd field is the start in ticks since boot. The name may hold spaces and parentheses.
                var stat = File.ReadAllText($"/proc/{id}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return new ProcessIdentity(id, long.Parse(fields[19], CultureInfo.InvariantCulture));
            }

            using var process = Process.GetProcessById(id);
            return new ProcessIdentity(id, process.StartTime.ToUniversalTime().Ticks);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or InvalidOperationException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static ProcessIdentity? Parse(string line)
    {
        var fields = line.Split(' ');
        return fields.Length >= 2
            && int.TryParse(fields[0], CultureInfo.InvariantCulture, out var id)
            && long.TryParse(fields[1], CultureInfo.InvariantCulture, out var start)
            ? new ProcessIdentity(id, start)
            : null;
    }
}
