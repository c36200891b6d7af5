// An application's back end that takes events over HTTP.
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Support;

/// <summary>An event as it has come.</summary>
internal sealed record ReceivedHook(JsonElement Told, bool IsGenuine)
{
    public string Id => Told.GetProperty("id").GetString()!;

    public string Type => Told.GetProperty("type").GetString()!;

    public JsonElement Data => Told.GetProperty("data");

    public string? User => Data.TryGetProperty("user", out var user) ? user.GetString() : null;
}

/// <summary>An application's back end that takes events over HTTP. It may die and come back at the same address.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private const string Secret = "a secret of at least 32 characters";

    private readonly ConcurrentQueue<ReceivedHook> _received = new();
    private WebApplication? _app;
    private Uri _address = new("http://127.0.0.1:0/hooks");

    /// <summary>What it answers, after the event is noted.</summary>
    public Func<ReceivedHook, IResult> Answer { get; set; } = _ => Results.NoContent();

    /// <summary>Everything that has come, however it was answered.</summary>
    public IReadOnlyCollection<ReceivedHook> Received => _received;

    /// <summary>The settings of a node that tells it of everything.</summary>
    public string[] Settings => [$"Webhooks:Url={_address}", $"Webhooks:Secret={Secret}"];

    public static async Task<HookReceiver> StartAsync()
    {
        var receiver = new HookReceiver();
        await receiver.ComeBackAsync();
        return receiver;
    }

    /// <summary>Listens again, where it has listened before.</summary>
    public async Task ComeBackAsync()
    {
        var builder = WebApplication.CreateSlimBuilder([$"--urls=http://127.0.0.1:{_address.Port}"]);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/hooks", TakeAsync);
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _address = new Uri(new Uri(_app.Urls.First()), "/hooks");
    }

    public async Task DieAsync() => await Assert.IsType<WebApplication>(_app).DisposeAsync();

    /// <summary>The events about a user or room, in the order in which they came first.</summary>
    public IReadOnlyList<ReceivedHook> Of(string name, string field = "user") =>
        [.. _received.Where(hook => hook.Data.TryGetProperty(field, out var of) && of.GetString() == name).DistinctBy(hook => hook.Id)];

    /// <summary>Completes when so many different events about a user have come.</summary>
    public async Task<IReadOnlyList<ReceivedHook>> WhenOfAsync(string user, int count, TimeSpan? patience = null)
    {
        await Eventually.IsAsync(
            () => Of(user).Count >= count, () => $"{count} events of {user}; there are {string.Join(", ", Of(user).Select(hook => hook.Type))}", patience);
        return Of(user);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        var told = JsonElement.Parse(body.ToArray());
        var hook = new ReceivedHook(told, IsGenuine(request, body.ToArray()) && request.Headers["ds-event-id"] == told.GetProperty("id").GetString());
        _received.Enqueue(hook);
        return Answer(hook);
    }

    /// <summary>As the protocol tells back ends to check it.</summary>
    private static bool IsGenuine(HttpRequest request, byte[] body)
    {
        var timestamp = request.Headers["ds-timestamp"].ToString();
        var age = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(timestamp, CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{timestamp}."), .. body];
        var expected = "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed));
        return Math.Abs(age) < 300 && request.Headers["ds-signature"].ToString().Split(',').Contains(expected) && request.ContentType == "application/json";
    }
}
