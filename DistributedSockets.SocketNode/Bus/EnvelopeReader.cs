// The bytes of one broker message -> envelopes, one after the other. There: EnvelopeCodec.cs.
using System.Diagnostics;
using System.Text;
using DistributedSockets.SocketNode.Messaging;
using static DistributedSockets.SocketNode.Bus.EnvelopeCodec;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// Reads envelopes out of any bytes whatever, one after the other, and never throws. What it has read are spans of those bytes: a fast message goes on without becoming
/// anything else.
/// </summary>
internal ref struct EnvelopeReader(ReadOnlySpan<byte> envelopes)
{
    private const int MaxIdBytes = IdRules.MaxScalars * 4;

    private readonly int _length = envelopes.Length;
    private BusReader _reader = new(envelopes);
    private Parts _parts;
    private Guid _uuid;
    private ReadOnlySpan<byte> _textId;
    private long _sentAt;
    private long _hops;
    private long _seq;
    private ReadOnlySpan<byte> _epoch;
    private ReadOnlySpan<byte> _clientId;
    private ReadOnlySpan<byte> _contentType;
    private long _ttl;
    private ReadOnlySpan<byte> _listenerNode;
    private long _listenerNumber;
    private ReadOnlySpan<byte> _listenerUser;
    private ReadOnlySpan<byte> _listenerConnection;
    private ReadOnlySpan<byte> _trace;
    private ReadOnlySpan<byte> _of;
    private ReadOnlySpan<byte> _copyTo;
    private long _copyAt;
    private ReadOnlySpan<byte> _copyBy;
    private ReadOnlySpan<byte> _from;
    private ReadOnlySpan<byte> _to;
    private ReadOnlySpan<byte> _body;

    /// <summary>Bytes up to the end of what was read last.</summary>
    public readonly int Position => _length - _reader.Remaining;

    /// <summary>Whether the envelope just read is a fast message that nothing follows.</summary>
    public readonly bool IsFast => _parts == Parts.None;

    /// <summary>Reads the next one; false at the end, or where the bytes are none.</summary>
    public bool TryRead()
    {
        if (!_reader.TryReadNumber((long)Parts.All, out var parts))
        {
            return false;
        }

        _parts = (Parts)parts;
        return TryReadId()
            && _reader.TryReadUtf8(MaxIdBytes, out _from)
            && _reader.TryReadUtf8(MaxIdBytes, out _to)
            && _reader.TryReadNumber(long.MaxValue, out _sentAt)
            && _reader.TryReadBlob(out _body)
            && (IsFast || TryReadOptional());
    }

    /// <summary>The fast message just read.</summary>
    public readonly FastMessage ToFastMessage(KnownNames names) => new(_uuid, new UserId(names.Get(_from)), new UserId(names.Get(_to)), _body, _sentAt);

    /// <summary>
    /// The envelope just read. Its body is an array of its own: the bytes here belong to the bus, and one array for all would let a slow reader that holds a single small
    /// body hold the whole message.
    /// </summary>
    public readonly Envelope ToEnvelope(KnownNames names) => new(
        _parts.HasFlag(Parts.TextId) ? new MessageId(Text(_textId)) : new MessageId(_uuid), new UserId(names.Get(_from)), new UserId(names.Get(_to)), _body.ToArray(), _sentAt, ReadTrace())
    {
        IsOneOfSeveral = _parts.HasFlag(Parts.OneOfSeveral),
        Kind = _parts.HasFlag(Parts.Receipt) ? EnvelopeKind.Receipt
            : _parts.HasFlag(Parts.Edit) ? EnvelopeKind.Edit
            : _parts.HasFlag(Parts.Delete) ? EnvelopeKind.Delete
            : EnvelopeKind.Message,
        Of = IsChange ? new MessageId(Text(_of)) : null,
        Copy = _parts.HasFlag(Parts.Copy) ? new SentCopy(new UserId(Text(_copyTo)), _copyAt) : null,
        SentBy = _copyBy.IsEmpty ? null : new DeviceId(Text(_copyBy)),
        Hops = _parts.HasFlag(Parts.Hops) ? (int)_hops : 0,
        Seq = _parts.HasFlag(Parts.Seq) ? _seq : 0,
        Epoch = _parts.HasFlag(Parts.Epoch) ? names.Get(_epoch) : null,
        ClientId = _parts.HasFlag(Parts.ClientId) ? Text(_clientId) : null,
        ContentType = _parts.HasFlag(Parts.ContentType) ? Text(_contentType) : null,
        TtlSeconds = _parts.HasFlag(Parts.Ttl) ? (int)_ttl : 0,
        HopListener = _parts.HasFlag(Parts.HopListener)
            ? new HopListener(new NodeIncarnation(new NodeId(Text(_listenerNode)), _listenerNumber), new UserId(Text(_listenerUser)), new ConnectionId(Text(_listenerConnection)))
            : null,
    };

    private readonly bool IsChange => (_parts & (Parts.Edit | Parts.Delete)) != Parts.None;

    private bool TryReadId()
    {
        if (_parts.HasFlag(Parts.TextId))
        {
            return _reader.TryReadUtf8(MaxIdBytes, out _textId);
        }

        if (!_reader.TryReadBytes(UuidBytes, out var uuid))
        {
            return false;
        }

        _uuid = new Guid(uuid, bigEndian: true);
        return true;
    }

    private bool TryReadOptional() =>
        TryReadNumber(Parts.Hops, int.MaxValue, ref _hops)
        && TryReadNumber(Parts.Seq, long.MaxValue, ref _seq)
        && TryReadText(Parts.Epoch, ref _epoch)
        && TryReadText(Parts.ClientId, ref _clientId)
        && TryReadText(Parts.ContentType, ref _contentType)
        && TryReadNumber(Parts.Ttl, int.MaxValue, ref _ttl)
        && TryReadText(Parts.HopListener, ref _listenerNode)
        && TryReadNumber(Parts.HopListener, long.MaxValue, ref _listenerNumber)
        && TryReadText(Parts.HopListener, ref _listenerUser)
        && TryReadText(Parts.HopListener, ref _listenerConnection)
        && (!_parts.HasFlag(Parts.Trace) || _reader.TryReadBytes(TraceBytes, out _trace))
        && TryReadText(Parts.Edit, ref _of)
        && TryReadText(Parts.Delete, ref _of)
        && TryReadText(Parts.Copy, ref _copyTo)
        && TryReadNumber(Parts.Copy, long.MaxValue, ref _copyAt)
        && TryReadText(Parts.Copy, ref _copyBy);

    private bool TryReadNumber(Parts part, long max, ref long number) => !_parts.HasFlag(part) || _reader.TryReadNumber(max, out number);

    private bool TryReadText(Parts part, ref ReadOnlySpan<byte> text) => !_parts.HasFlag(part) || _reader.TryReadUtf8(MaxIdBytes, out text);

    private readonly ActivityContext ReadTrace() => _parts.HasFlag(Parts.Trace)
        ? new ActivityContext(
            ActivityTraceId.CreateFromBytes(_trace[..16]), ActivitySpanId.CreateFromBytes(_trace[16..24]), (ActivityTraceFlags)_trace[24], isRemote: true)
        : default;

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
