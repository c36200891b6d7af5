// Who may use the API: in anonymous mode direct callers on this machine that ask for it by a name of it; in token mode whose token has the scope.
using System.Net;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Api;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Api;

public sealed class ApiAccessTests
{
    private const string LetIn = "let in";

    [Theory]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("127.0.0.1", "LOCALHOST:8081")]
    [InlineData("127.0.0.1", "127.0.0.1:8081")]
    [InlineData("127.8.9.1", "127.0.0.1:8081")]
    [InlineData("::1", "[::1]:8081")]
    [InlineData("::ffff:127.0.0.1", "localhost:8081")]
    [InlineData("::ffff:127.0.0.9", "localhost:8081")]
    [InlineData("127.0.0.1", "chat.example:8081")]
    public async Task Caller_on_this_machine_is_let_in(string caller, string host) => Assert.Equal(LetIn, await AskAsync(caller, host));

    [Theory]
    [InlineData("10.0.0.7", "localhost")]
    [InlineData("::ffff:10.0.0.7", "localhost")]
    [InlineData("fe80::1", "localhost")]
    [InlineData(null, "localhost")]
    [InlineData("127.0.0.1", "")]
    [InlineData("127.0.0.1", "rebound.example")]
    [InlineData("127.0.0.1", "localhost.evil.example")]
    [InlineData("127.0.0.1", "10.0.0.7")]
    public async Task Anybody_else_is_refused(string? caller, string host) => AssertRefused(await AskAsync(caller, host));

    [Theory]
    [InlineData("Forwarded", "for=10.0.0.7")]
    [InlineData("X-Forwarded-For", "10.0.0.7")]
    [InlineData("x-forwarded-proto", "https")]
    [InlineData("X-Forwarded-Host", "")]
    [InlineData("X-Original-For", "127.0.0.1:4711")]
    public async Task Forwarded_request_is_refused(string header, string value) => AssertRefused(await AskAsync("127.0.0.1", "localhost", (header, value)));

    [Theory]
    [InlineData("GET", "ds.api.read", 0)]
    [InlineData("GET", "ds.api", 0)]
    [InlineData("GET", "openid", 403)]
    [InlineData("GET", null, 403)]
    [InlineData("POST", "ds.api", 0)]
    [InlineData("POST", "ds.api.read", 403)]
    [InlineData("DELETE", "ds.api.read", 403)]
    public async Task Token_must_have_the_scope(string method, string? scope, int status) =>
        Assert.Equal(status, StatusOf(await AskWithTokenAsync(method, Tokens.Of("billing", ("scope", scope)))));

    [Theory]
    [InlineData(null, "Bearer")]
    [InlineData("nonsense", "Bearer error=\"invalid_token\"")]
    public async Task Without_a_token_that_counts_not_even_this_machine_is_let_in(string? token, string challenge)
    {
        var context = NewContext("127.0.0.1", "localhost");
        Assert.Equal(401, StatusOf(await AskWithTokenAsync("GET", token, context)));
        Assert.Equal(challenge, context.Response.Headers.WWWAuthenticate.ToString());
    }

    [Theory]
    [InlineData("POST", "application/json", "http://localhost:5173", 0)]
    [InlineData("POST", "application/problem+json; charset=utf-8", null, 0)]
    [InlineData("POST", "text/plain", null, 415)]
    [InlineData("POST", null, null, 415)]
    [InlineData("POST", "application/json", "https://evil.example", 403)]
    [InlineData("DELETE", null, "https://evil.example", 403)]
    [InlineData("DELETE", null, null, 0)]
    [InlineData("GET", null, "https://evil.example", 0)]
    public async Task Writes_are_json_and_come_from_no_foreign_page(string method, string? contentType, string? origin, int status)
    {
        var context = NewContext("127.0.0.1", "localhost");
        (context.Request.Method, context.Request.ContentType, context.Request.Headers.Origin) = (method, contentType, origin);
        Assert.Equal(status, StatusOf(await AskAsync(context, new AuthOptions())));
    }

    private static Task<object?> AskWithTokenAsync(string method, string? token, DefaultHttpContext? given = null)
    {
        var context = given ?? NewContext("10.0.0.7", "chat.example");
        (context.Request.Method, context.Request.ContentType) = (method, "application/json");
        context.Request.Headers.Authorization = token is null ? null : $"Bearer {token}";
        return AskAsync(context, new AuthOptions { Mode = "token", SigningKey = Tokens.SigningKey, Audience = Tokens.Audience });
    }

    private static Task<object?> AskAsync(string? caller, string host, params (string Name, string Value)[] headers) =>
        AskAsync(NewContext(caller, host, headers), new AuthOptions());

    private static async Task<object?> AskAsync(HttpContext context, AuthOptions auth)
    {
        var options = Options.Create(new SocketNodeOptions { PublicUrl = "https://chat.example", Auth = auth });
        var environment = new HostingEnvironment { EnvironmentName = Environments.Development };
        await using var node = new NodeParts();
        var rates = new RateLimits(options, TestAuth.Authenticator(options), node.Metrics, TimeProvider.System);
        var access = new ApiAccess(TestAuth.Authenticator(options), new LocalCallers(options), new Origins(options, environment), new ClientAddresses(options), rates, node.Metrics);
        return await access.InvokeAsync(new DefaultEndpointFilterInvocationContext(context), _ => ValueTask.FromResult<object?>(LetIn));
    }

    private static int StatusOf(object? answer) => answer is LetIn ? 0 : Assert.IsType<ProblemHttpResult>(answer).StatusCode;

    private static DefaultHttpContext NewContext(string? caller, string host, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = caller is null ? null : IPAddress.Parse(caller);
        context.Request.Host = new HostString(host);
        foreach (var (name, value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        context.Request.Method = HttpMethods.Get;
        return context;
    }

    private static void AssertRefused(object? answer) => Assert.Equal(StatusCodes.Status403Forbidden, Assert.IsType<ProblemHttpResult>(answer).StatusCode);
}
