// What says who somebody is, for tests of what asks it.
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Auth;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Support;

/// <summary>What says who somebody is, put together as a node in Development does it.</summary>
internal static class TestAuth
{
    public static Authenticator Authenticator(IOptions<SocketNodeOptions> options) =>
        new(Verifier(options, TimeProvider.System), new InMemoryRevocations(TimeProvider.System), options, Development);

    public static TokenVerifier Verifier(IOptions<SocketNodeOptions> options, TimeProvider time)
    {
        var bearer = new JwtBearerOptions();
        new TokenRules(options, Development, time).Configure(bearer);
        new JwtBearerPostConfigureOptions().PostConfigure(Options.DefaultName, bearer);
        return new TokenVerifier(Options.Create(bearer), new InMemoryDevelopmentKey(), options, NullLogger<TokenVerifier>.Instance);
    }

    private static HostingEnvironment Development => new() { EnvironmentName = Environments.Development };
}
