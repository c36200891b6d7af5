// What travels to a node in one broker message, and who wants to know what became of it.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Bus;

/// <summary>What travels to a node in one broker message: the bytes as they are put together, and who wants to know what became of them.</summary>
/// <param name="since">When the first of it came.</param>
internal sealed class LinkBatch(long since)
{
    private readonly PooledBuffer _message = new();
    private readonly List<Request> _requests = [];
    private readonly List<Post> _posts = [];

    public long Since => since;

    /// <summary>The broker message so far.</summary>
    public ReadOnlyMemory<byte> Message => _message.Written;

    public int Envelopes { get; private set; }

    /// <summary>What callers wait for, apart from what was posted.</summary>
    public IEnumerable<Envelope> Requested => _requests.SelectMany(request => request.Envelopes);

    public void Add(in FastMessage message, Recipient recipient)
    {
        Begin();
        _posts.Add(new Post(recipient, _message.Length));
        EnvelopeCodec.Write(_message, message);
        Envelopes++;
    }

    /// <summary>Completes with what became of them.</summary>
    public Task<PublishOutcome> Add(IReadOnlyList<Envelope> envelopes)
    {
        var request = new Request(envelopes, new TaskCompletionSource<PublishOutcome>(TaskCreationOptions.RunContinuationsAsynchronously));
        _requests.Add(request);
        Write(envelopes);
        return request.Outcome.Task;
    }

    /// <summary>Puts another envelope into the place of the only one.</summary>
    public void Replace(Envelope only)
    {
        Clear();
        Write([only]);
    }

    public void Answer(PublishOutcome outcome)
    {
        AnswerPosts(outcome);
        foreach (var request in _requests)
        {
            request.Outcome.TrySetResult(outcome);
        }
    }

    /// <summary>Takes what was posted out again: something that was posted earlier has come back, and it must not overtake that.</summary>
    public void ReturnPosts()
    {
        if (_posts.Count > 0)
        {
            AnswerPosts(PublishOutcome.Unroutable);
            _posts.Clear();
            Clear();
            Write([.. Requested]);
        }
    }

    public void Fail(Exception exception)
    {
        AnswerPosts(PublishOutcome.Unknown);
        foreach (var request in _requests)
        {
            request.Outcome.TrySetException(exception);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Clear()
    {
        _message.Clear();
        Envelopes = 0;
    }

    private void Begin()
    {
        if (_message.IsEmpty)
        {
            EnvelopeCodec.Begin(_message);
        }
    }

    private void Write(IReadOnlyList<Envelope> envelopes)
    {
        foreach (var envelope in envelopes)
        {
            Begin();
            EnvelopeCodec.Write(_message, envelope);
            Envelopes++;
        }
    }

    private void AnswerPosts(PublishOutcome outcome)
    {
        var names = outcome == PublishOutcome.Unroutable ? new KnownNames() : null;
        foreach (var (recipient, position) in _posts)
        {
            recipient.Answer(outcome, names is null ? null : Read(position, names));
        }
    }

    private Envelope Read(int position, KnownNames names)
    {
        var reader = new EnvelopeReader(_message.Written.Span[position..]);
        reader.TryRead();
        return reader.ToEnvelope(names);
    }

    private readonly record struct Request(IReadOnlyList<Envelope> Envelopes, TaskCompletionSource<PublishOutcome> Outcome);

    private readonly record struct Post(Recipient Recipient, int Position);
}
