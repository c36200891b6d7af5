// What each kind of command must hold, and what comes of it.
using System.Text;

namespace DistributedSockets.Protocol;

public ref partial struct CommandReader
{
    /// <summary>What a <c>t</c> may take, since the node sends it back.</summary>
    public const int MaxPingBytes = 256;

    /// <summary>Characters of a token.</summary>
    public const int MaxToken = 8192;

    private const int MaxTtl = 2_592_000;

    // The place says the kind; those behind the kinds are specified and not built yet.
    private static readonly CommandKind[] Kinds =
    [
        CommandKind.Message, CommandKind.Ack, CommandKind.Ping, CommandKind.Typing, CommandKind.Read, CommandKind.Hello, CommandKind.Bye,
        CommandKind.Auth, CommandKind.Presence,
    ];

    private static readonly byte[][] Types =
    [
        "msg"u8.ToArray(), "ack"u8.ToArray(), "ping"u8.ToArray(), "typing"u8.ToArray(), "read"u8.ToArray(), "hello"u8.ToArray(), "bye"u8.ToArray(),
        "auth"u8.ToArray(), "presence"u8.ToArray(), "join"u8.ToArray(), "leave"u8.ToArray(), "history"u8.ToArray(),
    ];

    private void Judge(ref CommandFields fields)
    {
        if (KindOf(ref fields) is not { } kind)
        {
            return;
        }

        switch (kind)
        {
            case CommandKind.Message:
                TakeMessage(ref fields);
                break;
            case CommandKind.Ack:
                Seq = fields.RequiredInteger(CommandField.Seq);
                break;
            case CommandKind.Read:
                Target = fields.User(CommandField.From, _target);
                Seq = fields.RequiredInteger(CommandField.Upto);
                break;
            case CommandKind.Typing:
                Target = fields.User(CommandField.To, _target);
                fields.Require(CommandField.On);
                On = fields.Flag(CommandField.On);
                break;
            case CommandKind.Ping:
                T = fields.Json(CommandField.T, MaxPingBytes);
                break;
            case CommandKind.Auth:
                fields.Require(CommandField.Token);
                Token = fields.Text(CommandField.Token, MaxToken);
                Id = fields.Id();
                break;
            case CommandKind.Presence:
                TakePresence(ref fields);
                break;
            case CommandKind.Hello:
                TakeHello(ref fields);
                break;
            default:
                break;
        }

        Kind = kind;
        if (fields.Problem is { } problem)
        {
            Refuse(problem, ref fields, fields.ProblemCode);
        }
    }

    /// <summary>The kind of a command; null, and refused, where there is none that can be done.</summary>
    private CommandKind? KindOf(ref CommandFields fields)
    {
        var kind = CommandKind.Message;
        if (fields.Has(CommandField.Type) || !fields.Has(CommandField.To))
        {
            var index = fields.Require(CommandField.Type) ? fields.IndexIn(CommandField.Type, Types) : -1;
            if (index < 0 || index >= Kinds.Length)
            {
                Refuse(fields.Problem ?? TypeProblem(index, fields.Raw(CommandField.Type)), ref fields);
                return null;
            }

            kind = Kinds[index];
        }

        if (fields.Has(CommandField.Room) && kind is CommandKind.Message or CommandKind.Ack or CommandKind.Read or CommandKind.Typing or CommandKind.Presence)
        {
            Refuse("'room' is not supported yet", ref fields);
            return null;
        }

        return kind;
    }

    private static string TypeProblem(int index, ReadOnlySpan<byte> raw)
    {
        if (index >= 0)
        {
            return $"type '{Encoding.ASCII.GetString(Types[index])}' is not supported yet";
        }

        // The bytes as they came, without the quotes: an escape stays one, so nothing in it can be unprintable or invalid.
        const int Shown = 32;
        var text = raw[1..^1];
        var shown = string.Create(Math.Min(text.Length, Shown), text, static (characters, bytes) =>
        {
            for (var index = 0; index < characters.Length; index++)
            {
                characters[index] = bytes[index] is > 0x1f and < 0x7f ? (char)bytes[index] : '?';
            }
        });
        return $"type '{shown}{(text.Length > Shown ? "…" : "")}' is unknown";
    }

    private void TakeMessage(ref CommandFields fields)
    {
        Target = fields.User(CommandField.To, _target);
        Body = fields.RequiredJson(CommandField.Body);
        Id = fields.Id();
        Ttl = (int)(fields.Integer(CommandField.Ttl, 1, MaxTtl) ?? 0);
        ContentType = fields.FilledText(CommandField.Ct, 128);
        Trace = fields.Flag(CommandField.Trace);
    }

    private void TakeHello(ref CommandFields fields)
    {
        var client = fields.Object(CommandField.Client);
        Hello = new HelloFrame(
            fields.Text(CommandField.Device, int.MaxValue),
            fields.Text(CommandField.Resume, 64),
            fields.Integer(CommandField.Ack),
            fields.Text(CommandField.Mid, 64),
            fields.Text(CommandField.Epoch, 64),
            fields.Text(CommandField.Token, MaxToken),
            client.Text(CommandField.Name, 128),
            client.Text(CommandField.Version, 128));
        fields.Problem ??= client.Problem;
    }
}
