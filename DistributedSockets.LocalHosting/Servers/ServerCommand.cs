// One process of a server: started in the foreground, ended with SIGTERM to its id.
namespace DistributedSockets.LocalHosting.Servers;

/// <summary><paramref name="Environment"/> is added to what the process inherits; a value here wins.</summary>
internal sealed record ServerCommand(
    string FileName,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory);
