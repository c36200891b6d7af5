// Reads the commands of one ds.v1 frame. The frame's JSON and where one command ends: here; what each kind must hold: CommandReader.Kinds.cs.
using System.Text.Json;

namespace DistributedSockets.Protocol;

/// <summary>
/// Reads the commands of one frame: JSON objects with white space between them, never split by line. Nothing is allocated for the recipient and the body; spans
/// point into the frame and into the buffer given. Only what belongs to <see cref="Kind"/> means anything.
/// </summary>
/// <param name="frame">The whole text frame in UTF-8, or what is left of it behind an earlier reader's <see cref="BytesConsumed"/>.</param>
/// <param name="target">Room for the name of a user, which may be written with escapes: <see cref="PlainFrameReader.RecipientLength"/>.</param>
public ref partial struct CommandReader(ReadOnlySpan<byte> frame, Span<char> target)
{
    private readonly ReadOnlySpan<byte> _frame = frame;
    private readonly Span<char> _target = target;
    private Utf8JsonReader _reader = CommandFields.NewReader(frame);
    private bool _isEnded;

    /// <summary>What the command just read asks for.</summary>
    public CommandKind Kind { get; private set; }

    /// <summary>What is wrong with an invalid command.</summary>
    public CommandProblem? Problem { get; private set; }

    /// <summary>To whom a message, a change or typing goes; from whom that was read which a read mark is about; with whom a conversation is; or the room. The rules of names have not been looked at.</summary>
    public ReadOnlySpan<char> Target { get; private set; }

    /// <summary>Whether <see cref="Target"/> is a room.</summary>
    public bool IsRoom { get; private set; }

    /// <summary>Behind which place of a room's log a join wants to read, and what that counts in; null for wherever the device is.</summary>
    public (long Rseq, string Epoch)? Since { get; private set; }

    /// <summary>The member behind whom a page begins; null for the first.</summary>
    public string? After { get; private set; }

    /// <summary>How many members or messages a page has at most.</summary>
    public int Limit { get; private set; }

    /// <summary>The nearest messages before, or after, which rseq a history is to show; neither: the newest.</summary>
    public (long? Before, long? After) Range { get; private set; }

    /// <summary>The message that an edit or a deletion is about.</summary>
    public string? Mid { get; private set; }

    /// <summary>The JSON value of a message's body, as the bytes that came.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>The sender's own id of a message; without one it is of the fast class.</summary>
    public string? Id { get; private set; }

    /// <summary>Seconds that a message is worth keeping; 0 where none were given.</summary>
    public int Ttl { get; private set; }

    /// <summary>The content type of a message's body.</summary>
    public string? ContentType { get; private set; }

    /// <summary>Whether the sender of a message wants to be told its way.</summary>
    public bool Trace { get; private set; }

    /// <summary>Up to where an ack or a read mark reaches: a seq, or in a room an rseq.</summary>
    public long Seq { get; private set; }

    /// <summary>Whether typing has begun or ended.</summary>
    public bool On { get; private set; }

    /// <summary>What a ping wants back, as the bytes of a JSON value; empty where it wants nothing.</summary>
    public ReadOnlySpan<byte> T { get; private set; }

    /// <summary>The new token of a connection.</summary>
    public string? Token { get; private set; }

    /// <summary>The content of a presence command.</summary>
    public PresenceFrame? Presence { get; private set; }

    /// <summary>The content of a hello.</summary>
    public HelloFrame? Hello { get; private set; }

    /// <summary>Where the command just read ends. All of the frame once nothing more can be read from it.</summary>
    public readonly int BytesConsumed => _isEnded ? _frame.Length : (int)_reader.BytesConsumed;

    /// <summary>
    /// Reads the next command; false at the end of the frame. A command that is malformed is an invalid one, and the next can be read; broken JSON is one invalid
    /// command and the end of the frame. Never throws.
    /// </summary>
    public bool TryRead()
    {
        if (_isEnded)
        {
            return false;
        }

        Kind = CommandKind.Invalid;
        Problem = null;
        IsRoom = false;
        Target = default;

        // Looked at whatever the kind: the id by refusals, the member by every command of a room.
        Id = null;
        After = null;
        var fields = new CommandFields(_frame);
        try
        {
            if (!_reader.Read())
            {
                _isEnded = true;
                return false;
            }

            if (_reader.TokenType == JsonTokenType.StartObject)
            {
                fields.Find(ref _reader);
                Judge(ref fields);
            }
            else
            {
                _reader.Skip();
                Refuse("a command must be a JSON object", ref fields);
            }
        }
        catch (JsonException exception)
        {
            _isEnded = true;
            Refuse($"not valid JSON, or more than 64 levels deep; the rest of the frame is dropped: {exception.Message}", ref fields);
        }

        return true;
    }

    private void Refuse(string reason, ref CommandFields fields, ErrorCode code = ErrorCode.BadFrame)
    {
        Kind = CommandKind.Invalid;
        Problem = new CommandProblem(code, reason, fields.ReadableId());
    }
}
