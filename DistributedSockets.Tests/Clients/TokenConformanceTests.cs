// The rows of docs/conformance.md about tokens, for the .NET client.
using System.Collections.Concurrent;
using DistributedSockets.Client;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Clients;

public sealed class TokenConformanceTests
{
    // What a renewal may come too late by.
    private const int ClockSkew = 4;

    [Fact(DisplayName = "token: a token is renewed on the open connection before it ends")]
    public async Task Renewal()
    {
        await using var cluster = await StartAsync();
        var given = new ConcurrentQueue<long>();
        await using var alice = Person.Of(Options(cluster, () =>
        {
            var expires = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3;
            given.Enqueue(expires);
            return Tokens.Of("alice", ("exp", expires));
        }));
        await alice.ConnectAsync();

        await Eventually.IsAsync(() => given.Count > 1 && DateTimeOffset.UtcNow.ToUnixTimeSeconds() > given.First() + ClockSkew + 1, "the first token is over", TimeSpan.FromSeconds(30));

        Assert.Equal(("alice", ClientState.Connected), (alice.Client.User, alice.Client.State));
        Assert.DoesNotContain(alice.States, change => change.State == ClientState.Recovering);
    }

    [Fact(DisplayName = "token, not valid: the client is closed, and says why")]
    public async Task Invalid()
    {
        await using var cluster = await StartAsync();
        await using var alice = Person.Of(Options(cluster, () => Tokens.Of("alice", ("aud", "somebody else"))));

        var refused = await Assert.ThrowsAsync<ClientException>(alice.ConnectAsync);

        Assert.Equal(ClientException.Closed, refused.Code);
        Assert.Equal((ClientState.Closed, 4001), (alice.States[^1].State, alice.States[^1].Reason!.Code));
    }

    [Fact(DisplayName = "token provider: one that fails is asked again")]
    public async Task FailingProvider()
    {
        await using var cluster = await StartAsync();
        var asked = 0;
        await using var alice = Person.Of(Options(cluster, () => ++asked < 3 ? throw new InvalidOperationException("no token yet") : Tokens.Of("alice")));

        await alice.ConnectAsync();

        Assert.Contains(alice.States, change => change is { State: ClientState.Connecting, Reason.Reason: "no token yet" });
    }

    private static Task<TestCluster> StartAsync() => TestCluster.StartAsync(nodes: 2, [.. Tokens.Settings, $"Auth:ClockSkew=00:00:0{ClockSkew}"]);

    private static ClientOptions Options(TestCluster cluster, Func<string> token)
    {
        var options = new ClientOptions { TokenProvider = _ => ValueTask.FromResult(token()) };
        options.Nodes.Add(cluster[0].Uri);
        options.Nodes.Add(cluster[1].Uri);
        return options;
    }
}
