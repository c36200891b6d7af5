// What each kind of command must hold, and what comes of it.
namespace DistributedSockets.Protocol;

public ref partial struct CommandReader
{
    /// <summary>What a <c>t</c> may take, since the node sends it back.</summary>
    public const int MaxPingBytes = 256;

    /// <summary>Characters of a token.</summary>
    public const int MaxToken = 8192;

    private const int MaxTtl = 2_592_000;

    /// <summary>Members or messages of one page.</summary>
    private const int MaxPage = 100;

    /// <summary>Longer than a name may be, whose rules are looked at elsewhere.</summary>
    private const int MaxName = 256;

    // The place says the kind.
    private static readonly CommandKind[] Kinds =
    [
        CommandKind.Message, CommandKind.Ack, CommandKind.Ping, CommandKind.Typing, CommandKind.Read, CommandKind.Hello, CommandKind.Bye,
        CommandKind.Auth, CommandKind.Join, CommandKind.Leave, CommandKind.Members, CommandKind.History, CommandKind.Edit,
        CommandKind.Delete, CommandKind.Presence,
    ];

    private static readonly byte[][] Types =
    [
        "msg"u8.ToArray(), "ack"u8.ToArray(), "ping"u8.ToArray(), "typing"u8.ToArray(), "read"u8.ToArray(), "hello"u8.ToArray(), "bye"u8.ToArray(),
        "auth"u8.ToArray(), "join"u8.ToArray(), "leave"u8.ToArray(), "members"u8.ToArray(), "history"u8.ToArray(), "edit"u8.ToArray(),
        "delete"u8.ToArray(), "presence"u8.ToArray(),
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
                TakePlace(ref fields);
                break;
            case CommandKind.Read:
                TakeTarget(ref fields, CommandField.From);
                Seq = fields.RequiredInteger(CommandField.Upto);
                break;
            case CommandKind.Typing:
                TakeTarget(ref fields, CommandField.To);
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
            case CommandKind.Join:
                TakeRoom(ref fields);
                TakeSince(ref fields);
                break;
            case CommandKind.Leave:
                TakeRoom(ref fields);
                break;
            case CommandKind.Members:
                TakeRoom(ref fields);
                After = fields.FilledText(CommandField.After, MaxName, ErrorCode.BadRecipient);
                Limit = (int)(fields.Integer(CommandField.Limit, 1, MaxPage) ?? MaxPage);
                break;
            case CommandKind.History:
                TakeTarget(ref fields, CommandField.Peer);
                Id = fields.Id();
                TakeRange(ref fields);
                break;
            case CommandKind.Edit:
                TakeChange(ref fields);
                Body = fields.RequiredJson(CommandField.Body);
                ContentType = fields.FilledText(CommandField.Ct, 128);
                break;
            case CommandKind.Delete:
                TakeChange(ref fields);
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
        if (fields.Has(CommandField.Type) || !(fields.Has(CommandField.To) || fields.Has(CommandField.Room)))
        {
            var index = fields.Require(CommandField.Type) ? fields.IndexIn(CommandField.Type, Types) : -1;
            if (index < 0)
            {
                Refuse(fields.Problem ?? TypeProblem(fields.Raw(CommandField.Type)), ref fields);
                return null;
            }

            kind = Kinds[index];
        }

        return kind;
    }

    private static string TypeProblem(ReadOnlySpan<byte> raw)
    {
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
        TakeTarget(ref fields, CommandField.To);
        Body = fields.RequiredJson(CommandField.Body);
        Id = fields.Id();
        Ttl = (int)(fields.Integer(CommandField.Ttl, 1, MaxTtl) ?? 0);
        ContentType = fields.FilledText(CommandField.Ct, 128);
        Trace = fields.Flag(CommandField.Trace);
    }

    /// <summary>A user, or a room, and not both.</summary>
    private void TakeTarget(ref CommandFields fields, CommandField user)
    {
        IsRoom = fields.Has(CommandField.Room);
        Target = fields.User(IsRoom ? CommandField.Room : user, _target);
        if (IsRoom && fields.Has(user))
        {
            fields.Problem = $"'room' and '{user.Name()}' are both there: it is one or the other";
        }
    }

    private void TakeRoom(ref CommandFields fields)
    {
        IsRoom = true;
        Target = fields.User(CommandField.Room, _target);
        Id = fields.Id();
    }

    private void TakePlace(ref CommandFields fields)
    {
        IsRoom = fields.Has(CommandField.Room);
        if (IsRoom)
        {
            Target = fields.User(CommandField.Room, _target);
        }

        Seq = fields.RequiredInteger(IsRoom ? CommandField.Rseq : CommandField.Seq);
    }

    private void TakeSince(ref CommandFields fields)
    {
        Since = null;
        if (fields.Has(CommandField.Since))
        {
            var since = fields.Object(CommandField.Since);
            var rseq = since.RequiredInteger(CommandField.Rseq);
            Since = since.Require(CommandField.Epoch) ? (rseq, since.Text(CommandField.Epoch, 64) ?? "") : null;
            fields.Problem ??= since.Problem;
        }
    }

    private void TakeRange(ref CommandFields fields)
    {
        Range = (fields.Integer(CommandField.Before), fields.Integer(CommandField.After));
        Limit = (int)(fields.Integer(CommandField.Limit, 1, MaxPage) ?? MaxPage / 2);
        if (Range is (not null, not null))
        {
            fields.Problem ??= "'before' and 'after' are both there: it is one or the other";
        }
    }

    private void TakeChange(ref CommandFields fields)
    {
        TakeTarget(ref fields, CommandField.To);
        Id = fields.Id();
        fields.Require(CommandField.Id);
        fields.Require(CommandField.Mid);
        Mid = fields.FilledText(CommandField.Mid, 64);
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
