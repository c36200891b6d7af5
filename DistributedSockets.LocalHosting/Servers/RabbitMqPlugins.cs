// Removes the plugins that we never enable from an unpacked RabbitMQ: Erlang looks through the folder of each for every module that
// it loads. Measured with RabbitMQ 3.10: 26 of 70 stay, and the broker starts with 40 % less processor time.
using System.Text.RegularExpressions;

namespace DistributedSockets.LocalHosting.Servers;

internal static partial class RabbitMqPlugins
{
    private static readonly string[] Wanted = ["rabbit", "rabbitmq_prelaunch", "rabbitmq_management"];

    /// <summary>Keeps what we want and what that depends on, each in a folder of its own below <paramref name="folder"/>.</summary>
    public static void Trim(string folder)
    {
        // plugins/rabbitmq_management-3.10.8/ebin/rabbitmq_management.app
        var descriptions = Directory.EnumerateDirectories(folder)
            .Select(plugin => Path.Combine(plugin, "ebin"))
            .Where(Directory.Exists)
            .SelectMany(plugin => Directory.EnumerateFiles(plugin, "*.app"))
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), file => file);
        var kept = new HashSet<string>();
        var open = new Stack<string>(Wanted);
        while (open.TryPop(out var name))
        {
            if (descriptions.TryGetValue(name, out var file) && kept.Add(name))
            {
                Dependencies(File.ReadAllText(file)).ToList().ForEach(open.Push);
            }
        }

        foreach (var (name, file) in descriptions)
        {
            if (!kept.Contains(name))
            {
                Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(file))!, recursive: true);
            }
        }
    }

    // {application, 'rabbitmq_management', [
    //     {vsn, "3.10.8"},
    //     {applications, [kernel,stdlib,rabbit_common,rabbit,amqp_client,cowboy]},
    public static IEnumerable<string> Dependencies(string description) =>
        Name().Matches(Applications().Match(description).Groups["names"].Value).Select(match => match.Value);

    [GeneratedRegex(@"\{\s*applications\s*,\s*\[(?<names>[^\]]*)\]")]
    private static partial Regex Applications();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Name();
}
