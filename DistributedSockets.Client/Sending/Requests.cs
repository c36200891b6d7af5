// Commands that have an answer: written on every connection until it is there.
using System.Globalization;
using System.Text.Json;
using DistributedSockets.Client.Connecting;

namespace DistributedSockets.Client.Sending;

/// <summary>What was asked and not answered yet. All of these may be asked again, so a new connection asks them again.</summary>
internal sealed class Requests(ClientOptions options, FrameLimit limit, Action news)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Request> _open = [];
    private readonly Queue<Request> _toWrite = new();
    private ClientException? _end;
    private long _last;

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="type">The command.</param>
    /// <param name="fields">What it says besides its type and its id.</param>
    /// <param name="isWhole">Whether these pushes are the whole answer; null where it has one.</param>
    /// <exception cref="ClientException">It is too large, too many are open, the node has refused it for good, or the client is closed.</exception>
    public async Task<IReadOnlyList<JsonElement>> AskAsync(
        string type, Action<Utf8JsonWriter> fields, CancellationToken cancellationToken, Func<IReadOnlyList<JsonElement>, bool>? isWhole = null)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"?{Interlocked.Increment(ref _last)}");
        var request = new Request(id, FrameWriter.Write(type, writer =>
        {
            writer.WriteString("id", id);
            fields(writer);
        }), isWhole ?? (static answers => answers.Count > 0));
        limit.Check(request.Frame);
        Add(request);
        news();
        await using var giveUp = cancellationToken.Register(() => Forget(request, cancellationToken)).ConfigureAwait(false);
        return await request.Answers.ConfigureAwait(false);
    }

    /// <summary>A connection begins: what has no answer is asked again.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _toWrite.Clear();
            foreach (var request in _open.Values.ToList())
            {
                if (limit.IsTooLarge(request.Frame))
                {
                    _open.Remove(request.Id);
                    request.Fail(limit.TooLarge(request.Frame));
                    continue;
                }

                request.Restart();
                _toWrite.Enqueue(request);
            }
        }
    }

    public byte[]? TryTake(int most)
    {
        lock (_gate)
        {
            while (_toWrite.TryPeek(out var request) && request.Frame.Length <= most)
            {
                _toWrite.Dequeue();
                if (_open.ContainsKey(request.Id))
                {
                    return request.Frame;
                }
            }

            return null;
        }
    }

    /// <returns>Whether it answers a question.</returns>
    public bool TryAnswer(string id, JsonElement push)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(id, out var request))
            {
                return false;
            }

            if (request.Take(push))
            {
                _open.Remove(id);
            }

            return true;
        }
    }

    /// <returns>Whether it was a question that was refused.</returns>
    public bool TryRefuse(string id, JsonElement error)
    {
        Request? request;
        lock (_gate)
        {
            if (!_open.TryGetValue(id, out request))
            {
                return false;
            }

            if (!error.Flag("temporary"))
            {
                _open.Remove(id);
                request.Fail(ClientException.From(error));
                return true;
            }
        }

        _ = AskLaterAsync(request, error.Retry());
        return true;
    }

    public void End(ClientException reason)
    {
        lock (_gate)
        {
            _end = reason;
            foreach (var request in _open.Values)
            {
                request.Fail(reason);
            }

            _open.Clear();
            _toWrite.Clear();
        }
    }

    private void Add(Request request)
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                throw _end;
            }

            if (_open.Count >= options.OutboxCapacity)
            {
                throw new ClientException(ClientException.OutboxFull, $"{options.OutboxCapacity} questions wait for an answer (ClientOptions.OutboxCapacity).");
            }

            _open.Add(request.Id, request);
            _toWrite.Enqueue(request);
        }
    }

    /// <summary>Never fails: what has been answered or given up meanwhile is not asked.</summary>
    private async Task AskLaterAsync(Request request, TimeSpan wait)
    {
        await Task.Delay(wait, options.TimeProvider).ConfigureAwait(false);
        lock (_gate)
        {
            if (!_open.ContainsKey(request.Id) || _toWrite.Contains(request))
            {
                return;
            }

            request.Restart();
            _toWrite.Enqueue(request);
        }

        news();
    }

    private void Forget(Request request, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _open.Remove(request.Id);
        }

        request.Cancel(cancellationToken);
    }

    private sealed class Request(string id, byte[] frame, Func<IReadOnlyList<JsonElement>, bool> isWhole)
    {
        private readonly TaskCompletionSource<IReadOnlyList<JsonElement>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<JsonElement> _answers = [];

        public string Id => id;

        public byte[] Frame => frame;

        public Task<IReadOnlyList<JsonElement>> Answers => _done.Task;

        public void Restart() => _answers.Clear();

        /// <returns>Whether that was the last answer.</returns>
        public bool Take(JsonElement push)
        {
            _answers.Add(push);
            return isWhole(_answers) && _done.TrySetResult(_answers);
        }

        public void Fail(Exception exception) => _done.TrySetException(exception);

        public void Cancel(CancellationToken cancellationToken) => _done.TrySetCanceled(cancellationToken);
    }
}
