// What every store of revocations must do, written once.
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.Tests.Contracts;

public abstract class RevocationContract
{
    private protected const string Hostile = "a{b}:c*#\u202e\ud83d\ude00";

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private protected abstract Task<IRevocations> CreateAsync();

    private protected static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    [Theory]
    [InlineData("t-1")]
    [InlineData(Hostile)]
    public async Task Revoked_token_is_known_and_no_other(string id)
    {
        var it = await CreateAsync();
        await it.RevokeAsync(new Revocation.OfToken(id, Now + 60_000), CancellationToken);

        Assert.Equal([true, false, false], await AskAsync(it, Token("alice", id), Token("alice", id + "x"), Token("alice", null)));
    }

    [Theory]
    [InlineData("alice")]
    [InlineData(Hostile)]
    public async Task Tokens_of_a_user_are_revoked_that_were_issued_before(string user)
    {
        var it = await CreateAsync();
        await it.RevokeAsync(new Revocation.OfUser(new UserId(user), 5000), CancellationToken);

        Assert.Equal(
            [true, false, true, false],
            await AskAsync(it, Token(user, "1", issuedAt: 4999), Token(user, "2", issuedAt: 5000), Token(user, "3", issuedAt: 0), Token("bob", "4", issuedAt: 1)));
    }

    [Fact]
    public async Task Later_time_is_not_taken_back_by_an_earlier_one()
    {
        var it = await CreateAsync();
        await it.RevokeAsync(new Revocation.OfUser(new UserId("alice"), 5000), CancellationToken);
        await it.RevokeAsync(new Revocation.OfUser(new UserId("alice"), 3000), CancellationToken);

        Assert.Equal([true], await AskAsync(it, Token("alice", "1", issuedAt: 4000)));
    }

    [Fact]
    public async Task Token_is_forgotten_some_time_after_it_is_over_and_not_before()
    {
        var it = await CreateAsync();
        await it.RevokeAsync(new Revocation.OfToken("over", Now - (long)IRevocations.Margin.TotalMilliseconds - 1000), CancellationToken);
        await it.RevokeAsync(new Revocation.OfToken("just over", Now - 60_000), CancellationToken);
        await it.RevokeAsync(new Revocation.OfToken("another", Now + 60_000), CancellationToken);

        Assert.Equal([false, true, true], await AskAsync(it, Token("a", "over"), Token("a", "just over"), Token("a", "another")));
    }

    [Fact]
    public async Task Log_tells_what_came_behind_a_place_in_order()
    {
        var it = await CreateAsync();
        var start = await it.ReadAsync(-1, CancellationToken);
        Assert.Equal((0, false), (start.End, start.IsComplete));
        Revocation[] revoked = [new Revocation.OfToken(Hostile, Now), new Revocation.OfUser(new UserId(Hostile), 17), new Revocation.OfToken("t-3", Now)];
        foreach (var revocation in revoked)
        {
            await it.RevokeAsync(revocation, CancellationToken);
        }

        AssertPage(3, revoked, await it.ReadAsync(0, CancellationToken));
        AssertPage(3, revoked[1..], await it.ReadAsync(1, CancellationToken));
        AssertPage(3, [], await it.ReadAsync(3, CancellationToken));
    }

    [Fact]
    public async Task Place_beyond_the_end_is_of_another_log()
    {
        var it = await CreateAsync();
        await it.RevokeAsync(new Revocation.OfToken("t-1", Now), CancellationToken);

        var page = await it.ReadAsync(7, CancellationToken);
        Assert.Equal((1, false), (page.End, page.IsComplete));
    }

    [Fact]
    public async Task Log_whose_beginning_is_gone_says_that_something_is_missing()
    {
        var it = await CreateAsync();
        const int Entries = IRevocations.LogLength + 500;
        for (var number = 0; number < Entries; number += 500)
        {
            await Task.WhenAll(Enumerable.Range(number, 500).Select(entry => it.RevokeAsync(new Revocation.OfToken($"t-{entry}", Now), CancellationToken)));
        }

        Assert.False((await it.ReadAsync(1, CancellationToken)).IsComplete);
        var rest = await it.ReadAsync(600, CancellationToken);
        Assert.Equal((Entries, true, Entries - 600), (rest.End, rest.IsComplete, rest.Revocations.Count));
    }

    private protected static async Task<IReadOnlyList<bool>> AskAsync(IRevocations revocations, params Identity[] identities) =>
        await revocations.AreRevokedAsync(identities, CancellationToken);

    private protected static Identity Token(string user, string? id, long issuedAt = 0) =>
        new(new UserId(user), new Grants(Direct: true, ApiScope.None, long.MaxValue, id, issuedAt));

    private static void AssertPage(long end, IReadOnlyList<Revocation> revocations, RevocationPage page)
    {
        Assert.Equal((end, true), (page.End, page.IsComplete));
        Assert.Equal(revocations, page.Revocations);
    }
}
