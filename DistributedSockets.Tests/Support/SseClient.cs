// A client of the fallback transport: events down, posts up. It answers nothing by itself.
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace DistributedSockets.Tests.Support;

/// <summary>A client of the fallback transport. It answers nothing by itself, not even pings.</summary>
internal sealed class SseClient : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TestClient.Patience };
    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;
    private readonly Queue<JsonElement> _pushes = new();

    private SseClient(HttpResponseMessage answer, Stream events)
    {
        _answer = answer;
        _reader = new StreamReader(events);
    }

    /// <summary>The head of the answer.</summary>
    public HttpResponseMessage Answer => _answer;

    /// <summary>What the first event has said.</summary>
    public JsonElement Open { get; private set; }

    /// <summary>What was said of everyone's room. Nobody has asked for it, so it is not among what is waited for.</summary>
    public Queue<JsonElement> Everyone { get; } = new();

    /// <summary>The number of the last post that was taken.</summary>
    public long Number { get; set; }

    public static async Task<HttpResponseMessage> AskAsync(Uri node, string query, string? token = null, string? origin = null)
    {
        using var http = new HttpClient { Timeout = TestClient.Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node, $"/sse{query}"));
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public static async Task<SseClient> OpenAsync(Uri node, string query, string? token = null, string? origin = null)
    {
        var answer = await AskAsync(node, query, token, origin);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var client = new SseClient(answer, await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var (name, data) = await client.NextEventAsync();
        Assert.Equal("open", name);
        client.Open = Parse(data);
        return client;
    }

    /// <summary>Opens and says hello. <paramref name="hello"/> are further members of the hello.</summary>
    public static async Task<(SseClient Client, JsonElement Welcome)> GreetAsync(Uri node, string user, string hello)
    {
        var client = await OpenAsync(node, $"?user_id={user}");
        Assert.Equal(HttpStatusCode.NoContent, await client.PostAsync($$"""{"type":"hello",{{hello}}}"""));
        var welcome = await client.NextAsync("welcome");
        while (client.Everyone.Count == 0)
        {
            await client.FillAsync("joined");
        }

        return (client, welcome);
    }

    /// <summary>Posts a frame with the next number.</summary>
    public async Task<HttpStatusCode> PostAsync(string frame)
    {
        using var answer = await PostAsync(Number + 1, Encoding.UTF8.GetBytes(frame));
        Number += answer.StatusCode == HttpStatusCode.NoContent ? 1 : 0;
        return answer.StatusCode;
    }

    public async Task<HttpResponseMessage> PostAsync(long number, byte[] frame, string? key = null, string type = "application/json", string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Open.GetProperty("url").GetString()) { Content = new ByteArrayContent(frame) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Add("ds-key", key ?? Open.GetProperty("key").GetString());
        request.Headers.Add("ds-number", $"{number}");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>The next push, which is of that type.</summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        while (_pushes.Count == 0)
        {
            await FillAsync(type);
        }

        var push = _pushes.Dequeue();
        Assert.Equal(type, push.GetProperty("type").GetString());
        return push;
    }

    /// <summary>Takes the pushes of the next event.</summary>
    private async Task FillAsync(string type)
    {
        var (name, data) = await NextEventAsync();
        Assert.True(name == "", $"'{type}' is missing; there is the event '{name}' {data}");
        foreach (var push in data.Split('\n').Select(Parse))
        {
            var isEveryone = push.GetProperty("type").GetString() == "joined" && push.GetProperty("room").GetString() == "ds.all";
            (isEveryone ? Everyone : _pushes).Enqueue(push);
        }
    }

    /// <summary>The next event: its name, empty for a frame, and its lines of data. The name <c>end</c> is the stream's end.</summary>
    public async Task<(string Name, string Data)> NextEventAsync()
    {
        var (name, data) = ("", new List<string>());
        while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience) is { } line)
        {
            if (line.Length == 0)
            {
                return (name, string.Join('\n', data));
            }

            var (field, value) = (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].TrimStart(' '));
            if (field == "event")
            {
                name = value;
            }
            else
            {
                Assert.Equal("data", field);
                data.Add(value);
            }
        }

        return ("end", "");
    }

    /// <summary>The code of the event that ends the stream, and nothing comes after it.</summary>
    public async Task<int> WhenClosedAsync()
    {
        while (true)
        {
            var (name, data) = await NextEventAsync();
            if (name == "close")
            {
                Assert.Equal("end", (await NextEventAsync()).Name);
                return Parse(data).GetProperty("code").GetInt32();
            }

            Assert.NotEqual("end", name);
        }
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _answer.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
