// A command that was read, written as JSON again: what a reader has understood, and nothing else.
using System.Text.Json;
using DistributedSockets.Protocol;
using DistributedSockets.Tests.Protocol;

namespace DistributedSockets.Tests.Security.Fuzz;

/// <summary>Writes what a reader has understood of a command.</summary>
internal static class CommandText
{
    public static string Of(Command command) => "{" + string.Join(',', Members(command).Where(member => member.Json is not null).Select(member => $"\"{member.Name}\":{member.Json}")) + "}";

    private static IEnumerable<(string Name, string? Json)> Members(Command command) =>
    [
        ("type", Text(command.Kind == CommandKind.Message ? "msg" : command.Kind.ToString().ToLowerInvariant())),
        .. command.Kind switch
        {
            CommandKind.Message =>
            [
                Target(command, "to"), ("body", command.Body), Id(command), ("ttl", command.Ttl == 0 ? null : Text(command.Ttl)), ("ct", Text(command.ContentType)), ("trace", Text(command.Trace)),
            ],
            CommandKind.Ack => command.IsRoom ? [Target(command, "room"), ("rseq", Text(command.Seq))] : [("seq", Text(command.Seq))],
            CommandKind.Read => [Target(command, "from"), ("upto", Text(command.Seq))],
            CommandKind.Typing => [Target(command, "to"), ("on", Text(command.On))],
            CommandKind.Ping => [("t", command.T.Length == 0 ? null : command.T)],
            CommandKind.Auth => [("token", Text(command.Token)), Id(command)],
            CommandKind.Join => [Target(command, "room"), Id(command), ("since", command.Since is { } since ? $$"""{"rseq":{{since.Rseq}},"epoch":{{Text(since.Epoch)}}}""" : null)],
            CommandKind.Leave => [Target(command, "room"), Id(command)],
            CommandKind.Members => [Target(command, "room"), Id(command), ("after", Text(command.After)), ("limit", Text(command.Limit))],
            CommandKind.History => [Target(command, "peer"), Id(command), ("before", Text(command.Range.Before)), ("after", Text(command.Range.After)), ("limit", Text(command.Limit))],
            CommandKind.Edit => [Target(command, "to"), Id(command), ("mid", Text(command.Mid)), ("body", command.Body), ("ct", Text(command.ContentType))],
            CommandKind.Delete => [Target(command, "to"), Id(command), ("mid", Text(command.Mid))],
            CommandKind.Presence => Presence(command.Presence!),
            CommandKind.Hello => Hello(command.Hello!),
            _ => Array.Empty<(string, string?)>(),
        },
    ];

    private static (string Name, string? Json)[] Hello(HelloFrame hello) =>
    [
        ("device", Text(hello.Device)), ("resume", Text(hello.Resume)), ("ack", Text(hello.Ack)), ("mid", Text(hello.Mid)), ("epoch", Text(hello.Epoch)), ("token", Text(hello.Token)),
        ("client", $$"""{"name":{{Text(hello.ClientName) ?? "null"}},"version":{{Text(hello.ClientVersion) ?? "null"}}}"""),
    ];

    private static (string Name, string? Json)[] Presence(WatchCommand presence) =>
    [
        ("op", Text(presence.Op.ToString().ToLowerInvariant())), ("id", Text(presence.Id)), ("room", Text(presence.Room)), ("users", presence.Users), ("status", presence.Status),
    ];

    private static (string, string?) Target(Command command, string user) => (command.IsRoom ? "room" : user, Text(command.Target));

    private static (string, string?) Id(Command command) => ("id", Text(command.Id));

    private static string? Text(object? value) => value is null ? null : JsonSerializer.Serialize(value);
}
