// Fetching and unpacking: whole or not at all, once for several starts, with an error that says which step failed.
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Tests.LocalHosting.Servers;

public sealed class ServerCacheTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public ServerCacheTests() => _machine.RunsDebian();

    [Fact]
    public async Task The_first_start_fetches_and_the_next_one_does_not()
    {
        _machine.HasApt();
        var first = await FindAsync();
        Assert.Contains("Fetching Redis 7.0.15 (first start only): 1 packages, 1.5 MB", _machine.Progress);
        _machine.Progress.Clear();
        var second = await FindAsync();
        Assert.Equal(first.FileName, second.FileName);
        Assert.Empty(_machine.Progress);
        Assert.Equal(["update", "install", "install"], await AptCallsAsync());
    }

    [Fact]
    public async Task Several_starts_at_once_fetch_once()
    {
        _machine.HasApt();
        var programs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => FindAsync()));
        Assert.Single(programs.Select(program => program.FileName).Distinct());
        Assert.Equal(["update", "install", "install"], await AptCallsAsync());
    }

    [Fact]
    public async Task What_an_interrupted_start_left_is_cleaned_and_fetched_again()
    {
        _machine.HasApt(beforeDownload: "exec /bin/sleep 600");
        using var interruption = new CancellationTokenSource();
        var start = RedisProgram.FindAsync(_machine.Bare, new CancelOn("Fetching", interruption), interruption.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        var left = Assert.Single(Directory.GetDirectories(_machine.Cache, "redis-server*", SearchOption.AllDirectories));
        Assert.EndsWith(".partial", left, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(left, "rubbish"), "", TestContext.Current.CancellationToken);

        _machine.HasApt();
        var program = await FindAsync();
        Assert.True(File.Exists(program.FileName));
        Assert.Empty(Directory.GetFiles(_machine.Cache, "rubbish", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_download_that_fails_names_the_step_the_reason_and_the_ways_out()
    {
        _machine.HasApt(beforeDownload: "echo 'E: Failed to fetch http://mirror/redis-server.deb  404' >&2; exit 100;");
        var exception = await Assert.ThrowsAsync<ServerUnavailableException>(FindAsync);
        Assert.Contains("'apt-get install --download-only redis-server' failed (exit code 100)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("404", exception.Message, StringComparison.Ordinal);
        Assert.Contains("UseAspire=true", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unpacking_that_fails_leaves_nothing_that_counts()
    {
        _machine.HasApt();
        _machine.Script("bin/dpkg-deb", "echo 'tar: no space left' >&2; exit 2");
        var exception = await Assert.ThrowsAsync<ServerUnavailableException>(FindAsync);
        Assert.Contains("'dpkg-deb -x redis-server_5%3a7.0.15-1_amd64.deb' failed (exit code 2)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("tar: no space left", exception.Message, StringComparison.Ordinal);

        _machine.HasApt();
        Assert.True(File.Exists((await FindAsync()).FileName));
    }

    [Fact]
    public async Task Package_lists_that_could_not_be_fetched_are_the_reason_that_is_named()
    {
        _machine.Script("bin/apt-get", """
            case "$*" in
              *update*) echo 'W: Failed to fetch http://mirror/InRelease  Could not resolve' >&2 ;;
              *) echo 'E: Unable to locate package redis-server' >&2; exit 100 ;;
            esac
            """);
        _machine.Script("bin/dpkg-deb", "");
        var exception = await Assert.ThrowsAsync<ServerUnavailableException>(FindAsync);
        Assert.Contains("'apt-get update' failed", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Could not resolve", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_apt_without_sources_says_what_it_lacks()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/apt-get"), "needs apt");
        _machine.Script("bin/apt-get", "exec /usr/bin/apt-get \"$@\" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=/dev/null");
        _machine.Script("bin/dpkg-deb", "");
        var exception = await Assert.ThrowsAsync<ServerUnavailableException>(FindAsync);
        Assert.Contains("Unable to locate package redis-server", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _machine.Dispose();

    private Task<RedisProgram> FindAsync() => RedisProgram.FindAsync(_machine.Bare, _machine, TestContext.Current.CancellationToken);

    private async Task<string[]> AptCallsAsync() => await File.ReadAllLinesAsync(_machine.AptCalls, TestContext.Current.CancellationToken);

    private sealed class CancelOn(string prefix, CancellationTokenSource source) : IProgress<string>
    {
        public void Report(string value)
        {
            if (value.StartsWith(prefix, StringComparison.Ordinal))
            {
                source.Cancel();
            }
        }
    }
}
