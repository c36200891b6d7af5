// An OpenID Connect issuer, as far as a node asks one.
using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Support;

/// <summary>An OpenID Connect issuer: its description, its public key, and tokens signed with the private one.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RSA _key = RSA.Create(2048);

    private TestIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        var key = _key.ExportParameters(includePrivateParameters: false);
        _app.MapGet("/.well-known/openid-configuration", () => Results.Content($$"""{"issuer":"{{Address}}","jwks_uri":"{{Address}}/keys"}"""));
        _app.MapGet("/keys", () => Results.Content(
            $$"""{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"1","n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"{{Base64Url.EncodeToString(key.Exponent)}}"}]}"""));
    }

    public string Address => _app.Urls.First();

    public static async Task<TestIssuer> StartAsync()
    {
        var issuer = new TestIssuer();
        await issuer._app.StartAsync(TestContext.Current.CancellationToken);
        return issuer;
    }

    public string Sign(string payload) => Tokens.Sign("RS256", payload, _key);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }
}
