// A command as the tests compare it: what a reader holds while it stands on it.
using System.Text;
using System.Text.Json;
using DistributedSockets.Protocol;

namespace DistributedSockets.Tests.Protocol;

internal sealed record Command(CommandKind Kind, string Target = "", string Body = "")
{
    public string? Id { get; init; }

    public int Ttl { get; init; }

    public string? ContentType { get; init; }

    public bool Trace { get; init; }

    public long Seq { get; init; }

    public bool On { get; init; }

    public string T { get; init; } = "";

    public string? Token { get; init; }

    public bool IsRoom { get; init; }

    public (long Rseq, string Epoch)? Since { get; init; }

    public string? After { get; init; }

    public int Limit { get; init; }

    public (long? Before, long? After) Range { get; init; }

    public string? Mid { get; init; }

    public HelloFrame? Hello { get; init; }

    public WatchCommand? Presence { get; init; }

    public CommandProblem? Problem { get; init; }

    /// <summary>All commands of a frame. Fails where the reader does not end at the frame's end.</summary>
    public static List<Command> ReadAll(ReadOnlySpan<byte> frame)
    {
        var commands = new List<Command>();
        var reader = new CommandReader(frame, stackalloc char[PlainFrameReader.RecipientLength]);
        var consumed = 0;
        while (reader.TryRead())
        {
            Assert.InRange(reader.BytesConsumed, consumed + 1, frame.Length);
            consumed = reader.BytesConsumed;
            commands.Add(Of(in reader));
        }

        Assert.Equal(frame.Length, reader.BytesConsumed);
        Assert.False(reader.TryRead());
        return commands;
    }

    private static Command Of(in CommandReader reader)
    {
        var command = new Command(reader.Kind) { IsRoom = reader.IsRoom };
        return reader.Kind switch
        {
            CommandKind.Message => command with
            {
                Target = reader.Target.ToString(),
                Body = Encoding.UTF8.GetString(reader.Body),
                Id = reader.Id,
                Ttl = reader.Ttl,
                ContentType = reader.ContentType,
                Trace = reader.Trace,
            },
            CommandKind.Ack => command with { Target = reader.Target.ToString(), Seq = reader.Seq },
            CommandKind.Read => command with { Target = reader.Target.ToString(), Seq = reader.Seq },
            CommandKind.Typing => command with { Target = reader.Target.ToString(), On = reader.On },
            CommandKind.Ping => command with { T = Encoding.UTF8.GetString(reader.T) },
            CommandKind.Auth => command with { Token = reader.Token, Id = reader.Id },
            CommandKind.Join => command with { Target = reader.Target.ToString(), Id = reader.Id, Since = reader.Since },
            CommandKind.Leave => command with { Target = reader.Target.ToString(), Id = reader.Id },
            CommandKind.Members => command with { Target = reader.Target.ToString(), Id = reader.Id, After = reader.After, Limit = reader.Limit },
            CommandKind.History => command with { Target = reader.Target.ToString(), Id = reader.Id, Range = reader.Range, Limit = reader.Limit },
            CommandKind.Edit => command with { Target = reader.Target.ToString(), Id = reader.Id, Mid = reader.Mid, Body = Encoding.UTF8.GetString(reader.Body), ContentType = reader.ContentType },
            CommandKind.Delete => command with { Target = reader.Target.ToString(), Id = reader.Id, Mid = reader.Mid },
            CommandKind.Hello => command with { Hello = reader.Hello },
            CommandKind.Presence => command with { Presence = WatchCommand.Of(reader.Presence!) },
            CommandKind.Bye => command,
            _ => command with { Problem = reader.Problem ?? throw new InvalidOperationException("invalid without a problem") },
        };
    }
}

/// <summary>A presence command as the tests compare it: lists and bytes as JSON.</summary>
internal sealed record WatchCommand(PresenceOp Op, string? Id, string? Room, string? Users, string? Status)
{
    public static WatchCommand Of(PresenceFrame frame) => new(
        frame.Op, frame.Id, frame.Room, frame.Users is null ? null : JsonSerializer.Serialize(frame.Users), frame.Op == PresenceOp.Set ? Encoding.UTF8.GetString(frame.Status.Span) : null);
}
