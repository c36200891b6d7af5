// Signing in to the dashboard, and what is shut to who has not.
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace DistributedSockets.Tests.Web;

/// <summary>One process for all these tests: outside Development, with a key, collecting traces.</summary>
public sealed class AccessFixture : IAsyncLifetime
{
    internal const string Key = "a key of the tests, long enough!";

    private readonly AccessWebProcess _process = new(("Dashboard__Key", Key), ("Traces__Collect", "true"));

    internal Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Address = await _process.WhenListeningAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

public sealed partial class AccessSignInTests(AccessFixture fixture) : IClassFixture<AccessFixture>
{
    // Each visitor comes from an address of their own, since wrong keys count by address.
    private static int _visitors = 1;

    [Theory]
    [InlineData("/")]
    [InlineData("/traces")]
    [InlineData("/traces?q=alice")]
    [InlineData("/no-such-page")]
    public async Task Who_has_not_signed_in_is_sent_to_the_form_whatever_the_page(string path)
    {
        using var visitor = new Visitor(fixture.Address);
        using var answer = await visitor.GetAsync(path);

        Assert.Equal((HttpStatusCode.Found, $"/sign-in?to={Uri.EscapeDataString(path)}"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    [Theory]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1")]
    [InlineData("GET", "/_blazor?id=1")]
    [InlineData("POST", "/_blazor/disconnect")]
    [InlineData("POST", "/sign-out")]
    public async Task A_circuit_is_refused_without_the_cookie(string method, string path)
    {
        using var visitor = new Visitor(fixture.Address);
        using var answer = await visitor.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/sign-in.css")]
    [InlineData("/favicon.svg")]
    [InlineData("/sign-in")]
    public async Task What_checks_and_the_form_need_is_open(string path)
    {
        using var visitor = new Visitor(fixture.Address);
        using var answer = await visitor.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Traces_come_in_by_their_own_rule()
    {
        using var visitor = new Visitor(fixture.Address);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(TraceExport.Of("node-1", TraceExport.Span("route"))));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync([1, 2, 3]));

        async Task<HttpStatusCode> SendAsync(byte[] export)
        {
            using var answer = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/traces")
            {
                Content = new ByteArrayContent(export) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf") } },
            });
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_key_opens_the_page_that_was_asked_for_and_the_circuit_behind_it()
    {
        using var visitor = new Visitor(fixture.Address);
        using var signedIn = await visitor.SignInAsync(AccessFixture.Key, "/traces?q=alice");
        Assert.Equal(HttpStatusCode.Found, signedIn.StatusCode);
        var cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie"), value => value.StartsWith("ds=", StringComparison.Ordinal));
        Assert.All((string[])["secure", "httponly", "samesite=strict", "path=/"], part => Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase));

        using var kept = await visitor.GetAsync(signedIn.Headers.Location!.OriginalString);
        Assert.Equal("/traces?q=alice", kept.Headers.Location?.OriginalString);

        using var page = await visitor.GetAsync("/traces");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        using var circuit = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1"));
        Assert.Equal(HttpStatusCode.OK, circuit.StatusCode);

        using var left = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/sign-out"));
        Assert.Equal("/sign-in", left.Headers.Location?.OriginalString);
        using var shut = await visitor.GetAsync("/traces");
        Assert.Equal(HttpStatusCode.Found, shut.StatusCode);
    }

    [Fact]
    public async Task A_wrong_key_is_told_so_and_opens_nothing()
    {
        using var visitor = new Visitor(fixture.Address);
        using var answer = await visitor.SignInAsync("a wrong key, as long as the other", "/");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("That is not the key.", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [], cookie => cookie.StartsWith("ds=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_five_wrong_keys_the_right_one_is_not_looked_at_but_elsewhere()
    {
        using var guesser = new Visitor(fixture.Address);
        for (var number = 0; number < 5; number++)
        {
            using var wrong = await guesser.SignInAsync($"guess number {number}", "/");
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        }

        using var locked = await guesser.SignInAsync(AccessFixture.Key, "/");
        Assert.Equal(HttpStatusCode.TooManyRequests, locked.StatusCode);
        using var other = new Visitor(fixture.Address);
        using var signedIn = await other.SignInAsync(AccessFixture.Key, "/");
        Assert.Equal(HttpStatusCode.Found, signedIn.StatusCode);
    }

    [Fact]
    public async Task A_browser_that_does_not_keep_the_cookie_is_told_why()
    {
        using var visitor = new Visitor(fixture.Address);
        using var signedIn = await visitor.SignInAsync(AccessFixture.Key, "/");
        using var forgetful = new Visitor(fixture.Address);
        using var answer = await forgetful.GetAsync(signedIn.Headers.Location!.OriginalString);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("did not keep the cookie", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_token_of_the_form_not_even_the_key_counts()
    {
        using var visitor = new Visitor(fixture.Address);
        using var answer = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/sign-in") { Content = new FormUrlEncodedContent([new("key", AccessFixture.Key)]) });

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("did not bring back", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("traces")]
    [InlineData("")]
    public async Task Nobody_is_led_to_another_host(string target)
    {
        using var visitor = new Visitor(fixture.Address);
        using var answer = await visitor.SignInAsync(AccessFixture.Key, target);
        using var kept = await visitor.GetAsync(answer.Headers.Location!.OriginalString);

        Assert.Equal("/", kept.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("", "Dashboard:Key is not set.")]
    [InlineData("short", "Dashboard:Key has 5 characters")]
    public async Task Outside_Development_it_does_not_start_without_a_key_and_says_what_to_set(string key, string problem)
    {
        await using var process = new AccessWebProcess(("Dashboard__Key", key));

        Assert.Equal(1, await process.WhenEndedAsync());
        Assert.Contains($"The web application can't start. {problem}", process.Output, StringComparison.Ordinal);
        Assert.Contains("Dashboard__Key", process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    /// <summary>A browser as far as cookies go. They are marked for https, which .NET's own jar takes at its word, and browsers do not on the machine itself.</summary>
    private sealed class Visitor : IDisposable
    {
        private readonly Dictionary<string, string> _cookies = [];
        private readonly HttpClient _http;

        public Visitor(Uri address)
        {
            var local = IPAddress.Parse($"127.0.9.{Interlocked.Increment(ref _visitors)}");
            _http = new HttpClient(new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectCallback = async (context, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.Bind(new IPEndPoint(local, 0));
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            })
            { BaseAddress = address };
        }

        public Task<HttpResponseMessage> GetAsync(string path) =>
            SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/html") } } });

        public async Task<HttpResponseMessage> SignInAsync(string key, string target)
        {
            using var form = await GetAsync("/sign-in");
            var token = Token().Match(await form.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.True(token.Success, "the form has a token");
            return await SendAsync(new HttpRequestMessage(HttpMethod.Post, "/sign-in")
            {
                Content = new FormUrlEncodedContent([new("key", key), new("to", target), new("__RequestVerificationToken", token.Groups[1].Value)]),
            });
        }

        public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
        {
            if (_cookies.Count > 0)
            {
                request.Headers.Add("Cookie", string.Join("; ", _cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
            }

            var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            request.Dispose();
            foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
            {
                var pair = cookie.Split(';')[0].Split('=', 2);
                _cookies[pair[0]] = pair[1];
            }

            return answer;
        }

        public void Dispose() => _http.Dispose();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
