// Posts one event.
using System.Net;
using System.Net.Http.Headers;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>What the back end has made of an event.</summary>
internal enum HookAnswer
{
    Accepted,

    /// <summary>It wants this event no more.</summary>
    Gone,

    /// <summary>It has answered anything else, or not in time, or not at all: to be tried again.</summary>
    Failed,
}

/// <summary>Posts one event, once. It knows nothing of queues, and nobody's message waits for it.</summary>
internal sealed class HookPost(IHttpClientFactory clients, HookOptions options, HookEndpoint endpoint, TimeProvider time)
{
    /// <summary>The name of its client.</summary>
    public const string Client = "webhooks";

    private readonly HookSignature _signature = new(options);
    private readonly Uri _url = new(options.Url!);

    public async Task<HookAnswer> PostAsync(HookEvent told, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            using var request = Write(told);
            using var client = clients.CreateClient(Client);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return Read(response.StatusCode);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            endpoint.NoteFailure(HookEndpoint.NoAnswer, $"no answer within {options.Timeout.TotalSeconds:0.#} s");
            return HookAnswer.Failed;
        }
        catch (HttpRequestException exception)
        {
            endpoint.NoteFailure(HookEndpoint.NoAnswer, exception.HttpRequestError.ToString());
            return HookAnswer.Failed;
        }
    }

    private HttpRequestMessage Write(HookEvent told)
    {
        var body = HookBody.Write(told);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("ds-event-id", told.Id);
        request.Headers.Add("ds-timestamp", timestamp.ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Headers.Add("ds-signature", _signature.Sign(timestamp, body));
        return request;
    }

    private HookAnswer Read(HttpStatusCode status)
    {
        if ((int)status is >= 200 and < 300)
        {
            endpoint.NoteAccepted();
            return HookAnswer.Accepted;
        }

        if (status == HttpStatusCode.Gone)
        {
            return HookAnswer.Gone;
        }

        endpoint.NoteFailure(HookEndpoint.Refused, $"it answers {(int)status}");
        return HookAnswer.Failed;
    }
}
