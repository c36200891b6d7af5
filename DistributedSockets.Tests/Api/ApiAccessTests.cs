// Who may use the API in anonymous mode: direct callers on this machine that ask for it by a name of it.
using System.Net;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
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

    private static async Task<object?> AskAsync(string? caller, string host, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = caller is null ? null : IPAddress.Parse(caller);
        context.Request.Host = new HostString(host);
        foreach (var (name, value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        var access = new ApiAccess(Options.Create(new SocketNodeOptions { PublicUrl = "https://chat.example" }));
        return await access.InvokeAsync(new DefaultEndpointFilterInvocationContext(context), _ => ValueTask.FromResult<object?>(LetIn));
    }

    private static void AssertRefused(object? answer) => Assert.Equal(StatusCodes.Status403Forbidden, Assert.IsType<ProblemHttpResult>(answer).StatusCode);
}
