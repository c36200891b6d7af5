// A client of ds.v1.json, as a test wants one: it says what the test says, and waits for a push of a kind with a deadline.
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace DistributedSockets.Tests.Support;

/// <summary>A client of ds.v1.json. It does nothing by itself: no acknowledgement, no reconnect.</summary>
internal sealed class DsClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly Lock _gate = new();
    private readonly List<JsonElement> _waiting = [];
    private readonly List<JsonElement> _arrived = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<int> _closed = Task.FromResult(0);

    private DsClient(string user) => User = user;

    public string User { get; }

    /// <summary>The answer to the hello.</summary>
    public JsonElement Welcome { get; set; }

    /// <summary>What was said of everyone's room. Nobody has asked for it, so it is not among what is waited for.</summary>
    public IReadOnlyList<JsonElement> Everyone => [.. Arrived.Where(IsEveryone)];

    /// <summary>The one time that it was said, once it has come: right behind the welcome, but not always in the same read.</summary>
    public async Task<JsonElement> EveryoneAsync()
    {
        await Eventually.IsAsync(() => Everyone.Count > 0, () => $"everyone's room is missing. {Describe()}");
        return Assert.Single(Everyone);
    }

    /// <summary>Sees each push as it arrives.</summary>
    public Action<JsonElement>? OnPush { get; set; }

    /// <summary>Everything that has arrived, in order.</summary>
    public IReadOnlyList<JsonElement> Arrived
    {
        get
        {
            lock (_gate)
            {
                return [.. _arrived];
            }
        }
    }

    /// <summary>Connects and says hello. <paramref name="hello"/> are further members of the hello, such as <c>"ack":5</c>.</summary>
    public static async Task<DsClient> ConnectAsync(Uri node, string user, string? device = null, string? hello = null)
    {
        var client = await OpenAsync(node, user);
        var members = string.Concat(device is null ? "" : $",\"device\":{JsonSerializer.Serialize(device)}", hello is null ? "" : $",{hello}");
        await client.SendFrameAsync($$"""{"type":"hello"{{members}}}""");
        client.Welcome = await client.NextAsync("welcome");
        return client;
    }

    /// <summary>Connects and says nothing yet. Without a <paramref name="user"/> a token has to say who it is.</summary>
    public static async Task<DsClient> OpenAsync(Uri node, string? user, Action<ClientWebSocketOptions>? configure = null)
    {
        var client = new DsClient(user ?? "nobody");
        client._socket.Options.AddSubProtocol("ds.v1.json");
        configure?.Invoke(client._socket.Options);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TestClient.Patience);
        await client._socket.ConnectAsync(TestClient.Address(node, user), patience.Token);
        Assert.Equal("ds.v1.json", client._socket.SubProtocol);
        client._closed = client.ReadAsync();
        return client;
    }

    public Task SendFrameAsync(string frame) => SendFrameAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text);

    public Task SendFrameAsync(byte[] frame, WebSocketMessageType type) =>
        _socket.SendAsync(frame, type, endOfMessage: true, TestContext.Current.CancellationToken).WaitAsync(TestClient.Patience);

    /// <summary>Sends a message of the reliable class.</summary>
    /// <param name="more">Further members, such as <c>"ttl":1</c>.</param>
    public Task SendAsync(string to, string text, string id, string? more = null) => SendFrameAsync(
        $$"""{"to":{{JsonSerializer.Serialize(to)}},"body":{{JsonSerializer.Serialize(text)}},"id":"{{id}}"{{(more is null ? "" : "," + more)}}}""");

    public Task AcknowledgeAsync(long seq) => SendFrameAsync($$"""{"type":"ack","seq":{{seq}}}""");

    /// <summary>The next push of a kind; others are kept for those who ask for them.</summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        var deadline = DateTime.UtcNow + TestClient.Patience;
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                var index = _waiting.FindIndex(push => TypeOf(push) == type);
                if (index >= 0)
                {
                    var push = _waiting[index];
                    _waiting.RemoveAt(index);
                    return push;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(deadline - DateTime.UtcNow < TimeSpan.Zero ? TimeSpan.Zero : deadline - DateTime.UtcNow, TestContext.Current.CancellationToken);
                if (_closed.IsCompleted && !Waits(type))
                {
                    Assert.Fail($"{User} is missing '{type}', and the connection was closed with {await _closed}. {Describe()}");
                }
            }
            catch (TimeoutException)
            {
                Assert.Fail($"{User} is missing '{type}'. {Describe()}");
            }
        }
    }

    /// <summary>The bodies of the next messages, which are strings.</summary>
    public async Task<IReadOnlyList<string>> NextBodiesAsync(int count)
    {
        var bodies = new List<string>();
        while (bodies.Count < count)
        {
            bodies.Add((await NextAsync("msg")).GetProperty("body").GetString()!);
        }

        return bodies;
    }

    /// <summary>Sends a ping and waits for its pong: whatever the node had to say before has arrived then.</summary>
    public async Task SettleAsync()
    {
        var t = Guid.NewGuid().ToString("N");
        await SendFrameAsync($$"""{"type":"ping","t":"{{t}}"}""");
        Assert.Equal(t, (await NextAsync("pong")).GetProperty("t").GetString());
    }

    public int Count(string type) => Arrived.Count(push => TypeOf(push) == type);

    /// <summary>The code that the node has closed with; 1006 when it just went away.</summary>
    public Task<int> WhenClosedAsync(TimeSpan? patience = null) => _closed.WaitAsync(patience ?? TestClient.Patience, TestContext.Current.CancellationToken);

    /// <summary>Leaves without a word.</summary>
    public void Abort() => _socket.Abort();

    /// <summary>Leaves as a browser does; returns when the node has said goodbye too.</summary>
    public async Task CloseAsync()
    {
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        await WhenClosedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None)
                .WaitAsync(TestClient.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _socket.Dispose();
    }

    private static bool IsEveryone(JsonElement push) => TypeOf(push) == "joined" && push.GetProperty("room").GetString() == "ds.all";

    private static string? TypeOf(JsonElement push) => push.GetProperty("type").GetString();

    private bool Waits(string type)
    {
        lock (_gate)
        {
            return _waiting.Exists(push => TypeOf(push) == type);
        }
    }

    private string Describe()
    {
        var arrived = Arrived;
        return $"{arrived.Count} pushes had arrived: {string.Join(' ', arrived.TakeLast(10))}";
    }

    private async Task<int> ReadAsync()
    {
        var buffer = new byte[16 * 1024];
        var frame = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return (int)_socket.CloseStatus!;
                }

                frame.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    Take(Encoding.UTF8.GetString(frame.ToArray()));
                    frame.SetLength(0);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return TestClient.NoCloseFrame;
        }
        finally
        {
            Take("");
        }
    }

    /// <summary>A frame has one push per line.</summary>
    private void Take(string frame)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            foreach (var line in frame.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var push = JsonDocument.Parse(line);
                if (!IsEveryone(push.RootElement))
                {
                    _waiting.Add(push.RootElement.Clone());
                }

                _arrived.Add(push.RootElement.Clone());
                OnPush?.Invoke(push.RootElement);
            }

            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
