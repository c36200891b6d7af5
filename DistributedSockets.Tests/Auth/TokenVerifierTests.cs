// Which tokens count, and which never do.
using System.Security.Cryptography;
using System.Text;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Auth;

public sealed class TokenVerifierTests : IDisposable
{
    private const string NotSigned = "the token is not signed, or not with a key and an algorithm that count here";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly AuthOptions _auth = new() { Mode = "token", SigningKey = Tokens.SigningKey, Audience = Tokens.Audience };
    private readonly RSA _rsa = RSA.Create(2048);

    private long Now => _time.GetUtcNow().ToUnixTimeSeconds();

    public void Dispose() => _rsa.Dispose();

    [Fact]
    public async Task Good_token_says_who_and_what_and_until_when()
    {
        var identity = await IdentityAsync(Tokens.Of("alíce {x}", ("jti", "t-1"), ("iat", Now - 5), ("exp", Now + 60), ("ds.dm", false), ("scope", "openid ds.api.read")));

        Assert.Equal("alíce {x}", identity.User.Value);
        Assert.Equal(new Grants(Direct: false, ApiScope.Read, (Now + 60) * 1000, "t-1", (Now - 5) * 1000), identity.Grants);
    }

    [Fact]
    public async Task Claims_that_are_absent_have_their_defaults()
    {
        Assert.Equal(new Grants(Direct: true, ApiScope.None, (Now + 60) * 1000, null, 0), (await IdentityAsync(Tokens.Of("bob", ("iat", null), ("exp", Now + 60)))).Grants);
        _auth.DefaultDirect = false;
        Assert.False((await IdentityAsync(Tokens.Of("bob"))).Grants.Direct);
        Assert.True((await IdentityAsync(Tokens.Of("bob", ("ds.dm", true)))).Grants.Direct);
    }

    [Theory]
    [InlineData("scope", "ds.api.read ds.api", ApiScope.All)]
    [InlineData("scp", "ds.api.read", ApiScope.Read)]
    [InlineData("scope", "ds.apix xds.api.read", ApiScope.None)]
    [InlineData("ds.api", true, ApiScope.All)]
    [InlineData("ds.api", false, ApiScope.None)]
    internal async Task Scopes_of_the_api(string claim, object value, ApiScope scope) =>
        Assert.Equal(scope, (await IdentityAsync(Tokens.Of("billing", (claim, value)))).Grants.Api);

    [Fact]
    public async Task Scopes_may_be_a_list() =>
        Assert.Equal(ApiScope.All, (await IdentityAsync(Tokens.Of("billing", ("scp", new[] { "openid", "ds.api" })))).Grants.Api);

    [Theory]
    [InlineData("sub", null, "the token has no sub")]
    [InlineData("sub", 7, "the token has no sub")]
    [InlineData("sub", " a", "sub has white space at its ends")]
    [InlineData("sub", "a\nb", "sub contains a control character")]
    [InlineData("aud", "other", "the token is for another audience")]
    [InlineData("aud", null, "the token is for another audience")]
    [InlineData("exp", null, "the token has no exp")]
    [InlineData("ds.dm", "true", "ds.dm must be true or false")]
    [InlineData("ds.api", 1, "ds.api must be true or false")]
    [InlineData("scope", 1, "scope and scp must be words, or a list of them")]
    [InlineData("scp", new[] { 1 }, "scope and scp must be words, or a list of them")]
    [InlineData("jti", "", "jti must be a text of 1 to 128 characters")]
    [InlineData("iat", -5, "iat must be a time")]
    public async Task Claim_that_is_missing_or_of_another_shape_makes_the_token_invalid(string claim, object? value, string reason) =>
        Assert.Equal(new Verdict(TokenFault.Invalid, reason), await VerifyAsync(Tokens.Of("alice", (claim, value))));

    [Theory]
    [InlineData(-29, null)]
    [InlineData(-31, "the token has expired")]
    public async Task Token_ends_at_its_exp_but_for_the_difference_of_clocks(int exp, string? reason) =>
        Assert.Equal(reason, await ReasonAsync(Tokens.Of("alice", ("exp", Now + exp))));

    [Theory]
    [InlineData(29, null)]
    [InlineData(35, "the token is not valid yet")]
    public async Task Token_begins_at_its_nbf_but_for_the_difference_of_clocks(int nbf, string? reason) =>
        Assert.Equal(reason, await ReasonAsync(Tokens.Of("alice", ("nbf", Now + nbf))));

    [Fact]
    public async Task Issuer_is_looked_at_where_one_is_set()
    {
        Assert.Null(await ReasonAsync(Tokens.Of("alice", ("iss", "anybody"))));
        _auth.Issuer = "https://issuer.example";
        Assert.Null(await ReasonAsync(Tokens.Of("alice", ("iss", "https://issuer.example"))));
        Assert.Equal("the token is of another issuer", await ReasonAsync(Tokens.Of("alice", ("iss", "anybody"))));
        Assert.Equal("the token is of another issuer", await ReasonAsync(Tokens.Of("alice")));
    }

    [Fact]
    public async Task Forged_tokens_never_count()
    {
        var good = Tokens.Of("alice");
        var parts = good.Split('.');
        var otherPayload = Tokens.Unsigned(Tokens.Payload("mallory")).Split('.')[1];

        Assert.Equal(NotSigned, await ReasonAsync(Tokens.Unsigned(Tokens.Payload("alice"))));
        Assert.Equal(NotSigned, await ReasonAsync($"{parts[0]}.{parts[1]}."));
        Assert.Equal(NotSigned, await ReasonAsync($"{parts[0]}.{otherPayload}.{parts[2]}"));
        Assert.Equal(NotSigned, await ReasonAsync(Tokens.Sign("HS256", Tokens.Payload("alice"), Encoding.ASCII.GetBytes("another secret of just 32 bytes!"))));
        Assert.Equal(NotSigned, await ReasonAsync(Tokens.Sign("RS256", Tokens.Payload("alice"), _rsa)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no token")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d.e")]
    public async Task What_is_no_token_is_refused(string token) => Assert.Equal(TokenFault.Invalid, (await VerifyAsync(token)).Fault);

    [Fact]
    public async Task Token_of_more_than_8192_characters_is_not_even_read() =>
        Assert.Equal("the token is longer than 8192 characters", await ReasonAsync(Tokens.Of("alice", ("x", new string('x', 8192)))));

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS256")]
    public async Task Public_key_of_rsa_verifies_what_its_private_key_has_signed(string algorithm)
    {
        UsePublicKey(_rsa.ExportSubjectPublicKeyInfoPem());
        Assert.Null(await ReasonAsync(Tokens.Sign(algorithm, Tokens.Payload("alice"), _rsa)));
        using var other = RSA.Create(2048);
        Assert.Equal(NotSigned, await ReasonAsync(Tokens.Sign(algorithm, Tokens.Payload("alice"), other)));
    }

    [Fact]
    public async Task Public_key_of_p256_verifies_what_its_private_key_has_signed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        UsePublicKey(key.ExportSubjectPublicKeyInfoPem());
        Assert.Null(await ReasonAsync(Tokens.Sign("ES256", Tokens.Payload("alice"), key)));
        Assert.Equal(NotSigned, await ReasonAsync(Tokens.Sign("RS256", Tokens.Payload("alice"), _rsa)));
    }

    [Fact]
    public async Task Public_key_is_never_the_secret_of_an_hmac()
    {
        var pem = _rsa.ExportSubjectPublicKeyInfoPem();
        UsePublicKey(pem);
        Assert.Equal(NotSigned, await ReasonAsync(Tokens.Sign("HS256", Tokens.Payload("alice"), Encoding.ASCII.GetBytes(pem))));
        Assert.Equal(NotSigned, await ReasonAsync(Tokens.Sign("HS256", Tokens.Payload("alice"), _rsa.ExportSubjectPublicKeyInfo())));
    }

    [Fact]
    public void Weak_keys_are_refused_at_start()
    {
        using var weak = RSA.Create(1024);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<ArgumentException>(() => TokenRules.ReadPublicKey(weak.ExportSubjectPublicKeyInfoPem()));
        Assert.Throws<ArgumentException>(() => TokenRules.ReadPublicKey(other.ExportSubjectPublicKeyInfoPem()));
    }

    [Fact]
    public async Task Authority_tells_its_keys_and_its_name()
    {
        await using var issuer = await TestIssuer.StartAsync();
        (_auth.SigningKey, _auth.Authority) = (null, issuer.Address);

        Assert.Null(await ReasonAsync(issuer.Sign(Tokens.Payload("alice", ("iss", issuer.Address)))));
        Assert.Equal("the token is of another issuer", await ReasonAsync(issuer.Sign(Tokens.Payload("alice", ("iss", "https://other.example")))));
        Assert.Equal(NotSigned, await ReasonAsync(Tokens.Sign("RS256", Tokens.Payload("alice", ("iss", issuer.Address)), _rsa)));
        Assert.Equal(NotSigned, await ReasonAsync(Tokens.Of("alice", ("iss", issuer.Address))));
    }

    [Fact]
    public async Task Authority_that_does_not_answer_says_nothing_about_the_token()
    {
        (_auth.SigningKey, _auth.Authority) = (null, "http://127.0.0.1:1");
        Assert.Equal(TokenFault.Unavailable, (await VerifyAsync(Tokens.Of("alice"))).Fault);
    }

    private void UsePublicKey(string pem) => (_auth.SigningKey, _auth.PublicKey) = (null, pem);

    private async Task<string?> ReasonAsync(string token)
    {
        var verdict = await VerifyAsync(token);
        return verdict.Fault == TokenFault.None ? null : verdict.Reason;
    }

    private async Task<Identity> IdentityAsync(string token)
    {
        var verdict = await VerifyAsync(token);
        return verdict.Identity ?? throw new InvalidOperationException(verdict.Reason);
    }

    private Task<Verdict> VerifyAsync(string token) =>
        TestAuth.Verifier(Options.Create(new SocketNodeOptions { Auth = _auth }), _time).VerifyAsync(token, TestContext.Current.CancellationToken);
}
