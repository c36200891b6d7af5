// An application's back end that takes events: without a network, for tests with a clock of their own.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace DistributedSockets.Tests.Support;

/// <summary>An application's back end without a network. It answers as the test says.</summary>
internal sealed class HookBackEnd : HttpMessageHandler, IHttpClientFactory
{
    private readonly ConcurrentQueue<JsonElement> _asked = new();
    private readonly ConcurrentQueue<JsonElement> _accepted = new();

    /// <summary>What it answers an event with; null does not answer at all.</summary>
    public Func<JsonElement, HttpStatusCode?> Answer { get; set; } = _ => HttpStatusCode.NoContent;

    /// <summary>Events that were posted, in order, however they were answered.</summary>
    public IReadOnlyCollection<JsonElement> Asked => _asked;

    public IReadOnlyCollection<JsonElement> Accepted => _accepted;

    /// <summary>The seqs of the messages that were accepted for a user, in order.</summary>
    public IReadOnlyList<long> SeqsOf(string user) => [.. _accepted.Select(told => told.GetProperty("data"))
        .Where(data => data.GetProperty("user").GetString() == user && data.TryGetProperty("seq", out _)).Select(data => data.GetProperty("seq").GetInt64())];

    public HttpClient CreateClient(string name) => new(this, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var told = JsonElement.Parse(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
        _asked.Enqueue(told);
        if (Answer(told) is not { } status)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new UnreachableException();
        }

        if (status == 0)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError);
        }

        if ((int)status < 300)
        {
            _accepted.Enqueue(told);
        }

        return new HttpResponseMessage(status);
    }
}
