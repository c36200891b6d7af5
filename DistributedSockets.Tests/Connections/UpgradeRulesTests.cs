// Which requests become connections, and what the others are told.
using System.Net.WebSockets;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Connections;

public sealed class UpgradeRulesTests
{
    private readonly NodeStatus _status = new(TimeProvider.System);
    private readonly SocketNodeOptions _options = new();

    public UpgradeRulesTests() => _status.Enter(NodePhase.Serving);

    [Fact]
    public void Socket_with_a_user_is_let_in()
    {
        Assert.Null(Rules().Refuse(Request("?user_id=al%C3%ADce%20b"), out var user, out _));
        Assert.Equal("alíce b", user?.Value);
    }

    [Theory]
    [InlineData("", "user_id required")]
    [InlineData("?user_id=", "user_id required")]
    [InlineData("?user_id=a%00", "user_id contains a control character")]
    [InlineData("?user_id=%20a", "user_id has white space at its ends")]
    [InlineData("?user_id=a&user_id=b", "user_id given more than once")]
    public void Missing_or_invalid_user_is_a_bad_request(string query, string error) =>
        Assert.Equal(new Refusal(400, error), Rules().Refuse(Request(query), out _, out _));

    [Fact]
    public void Where_tokens_say_it_a_user_need_not_be_named()
    {
        _options.Auth.Mode = "token";
        Assert.Null(Rules().Refuse(Request(""), out var user, out _));
        Assert.Null(user);
        Assert.Equal(new Refusal(400, "user_id required"), Rules().Refuse(Request("?user_id="), out _, out _));
    }

    [Theory]
    [InlineData("http://localhost:5173", null)]
    [InlineData("http://127.0.0.1", null)]
    [InlineData("https://[::1]:8443", null)]
    [InlineData("https://evil.example", 403)]
    [InlineData("http://localhost.evil.example", 403)]
    [InlineData("null", 403)]
    [InlineData("http://node.example", 403)]
    public void In_development_any_loopback_origin_may_connect(string origin, int? status) =>
        Assert.Equal(status, Rules("Development").Refuse(Request(origin: origin), out _, out _)?.Status);

    [Theory]
    [InlineData("https://node.example", null)]
    [InlineData("https://NODE.example", null)]
    [InlineData("http://localhost", 403)]
    [InlineData("https://node.example.evil", 403)]
    [InlineData("https://node.example:8443", 403)]
    public void In_production_only_the_same_host_may_connect(string origin, int? status) =>
        Assert.Equal(status, Rules("Production").Refuse(Request(origin: origin), out _, out _)?.Status);

    [Theory]
    [InlineData("https://chat.example", null)]
    [InlineData("https://chat.example:443", null)]
    [InlineData("http://chat.example", 403)]
    [InlineData("http://localhost", 403)]
    [InlineData("https://node.example", 403)]
    public void Listed_origins_replace_the_defaults(string origin, int? status)
    {
        _options.AllowedOrigins = ["https://chat.example/"];
        Assert.Equal(status, Rules("Development").Refuse(Request(origin: origin), out _, out _)?.Status);
    }

    [Theory]
    [InlineData("ds.v2.xml", 400)]
    [InlineData("ds.bearer.x, chat", 400)]
    [InlineData("ds.bearer.x", null)]
    public void Offered_subprotocols_must_be_known_and_a_bearer_alone_is_none(string offered, int? status)
    {
        var request = Request();
        request.Request.Headers.SecWebSocketProtocol = offered;
        Assert.Equal(status, Rules().Refuse(request, out _, out _)?.Status);
    }

    [Theory]
    [InlineData("ds.v1.json", "ds.v1.json")]
    [InlineData("chat, ds.v1.json, ds.bearer.x", "ds.v1.json")]
    [InlineData("ds.bearer.x", null)]
    public void First_known_subprotocol_is_chosen(string offered, string? chosen)
    {
        var request = Request();
        request.Request.Headers.SecWebSocketProtocol = offered;
        Assert.Null(Rules().Refuse(request, out _, out var subprotocol));
        Assert.Equal(chosen, subprotocol);
    }

    [Fact]
    public void Request_that_is_no_socket_is_told_to_become_one() =>
        Assert.Equal(426, Rules().Refuse(Request(isSocket: false), out _, out _)!.Status);

    [Theory]
    [InlineData(NodePhase.Starting)]
    [InlineData(NodePhase.CutOff)]
    [InlineData(NodePhase.Fenced)]
    [InlineData(NodePhase.Stopping)]
    internal void Nobody_is_let_in_unless_the_node_serves(NodePhase phase)
    {
        _status.Enter(phase);
        Assert.Equal(503, Rules().Refuse(Request(), out _, out _)!.Status);
    }

    private UpgradeRules Rules(string environment = "Development") =>
        Rules(new HostingEnvironment { EnvironmentName = environment });

    private UpgradeRules Rules(HostingEnvironment environment) =>
        new(_status, new Origins(Options.Create(_options), environment), Options.Create(_options), environment);

    private static DefaultHttpContext Request(string query = "?user_id=alice", string? origin = null, bool isSocket = true)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpWebSocketFeature>(new FakeFeature(isSocket));
        context.Request.Host = new HostString("node.example");
        context.Request.QueryString = new QueryString(query);
        context.Request.Headers.Origin = origin;
        return context;
    }

    private sealed class FakeFeature(bool isSocket) : IHttpWebSocketFeature
    {
        public bool IsWebSocketRequest => isSocket;

        public Task<WebSocket> AcceptAsync(WebSocketAcceptContext context) => throw new NotSupportedException();
    }
}
