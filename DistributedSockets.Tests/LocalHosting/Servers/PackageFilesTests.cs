// What is read of the distribution's files, and what is written for its tools.
using DistributedSockets.LocalHosting.Servers;

namespace DistributedSockets.Tests.LocalHosting.Servers;

public sealed class PackageFilesTests
{
    [Fact]
    public void Debian_is_recognised()
    {
        var release = OsRelease.Parse(["PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"", "VERSION_ID=\"12\"", "ID=debian"]);
        Assert.True(release.IsDebianLike);
        Assert.StartsWith("debian-12-", release.Key, StringComparison.Ordinal);
    }

    [Fact]
    public void A_child_of_Ubuntu_is_recognised_and_an_unnumbered_release_goes_by_its_code_name()
    {
        var release = OsRelease.Parse(["ID=linuxmint", "ID_LIKE=\"ubuntu debian\"", "VERSION_CODENAME=wilma"]);
        Assert.True(release.IsDebianLike);
        Assert.StartsWith("linuxmint-wilma-", release.Key, StringComparison.Ordinal);
    }

    [Fact]
    public void Fedora_is_not_Debian() => Assert.False(OsRelease.Parse(["ID=fedora", "VERSION_ID=42"]).IsDebianLike);

    [Fact]
    public void An_installed_library_counts_and_its_dependencies_do_not()
    {
        var status = DpkgStatus.Reduce(
            ["Package: zlib1g", "Status: install ok installed", "Version: 1:1.2.13", "Depends: libc6 (>= 2.14)", "Description: library", " more", ""]);
        Assert.Equal("Package: zlib1g\nStatus: install ok installed\nVersion: 1:1.2.13\n\n", status);
    }

    [Fact]
    public void An_installed_part_of_Erlang_does_not_count()
    {
        var status = DpkgStatus.Reduce(
            ["Package: erlang-base", "Status: install ok installed", "Version: 1:25", "", "Package: socat", "Version: 1.7", ""]);
        Assert.Equal("\nPackage: socat\nVersion: 1.7\n\n", status);
    }

    [Fact]
    public void What_apt_would_fetch_is_read()
    {
        var packages = DebianPackage.ParseUris(
            """
            'http://mirror.example/debian/pool/main/j/jemalloc/libjemalloc2_5.3.0-1_amd64.deb' libjemalloc2_5.3.0-1_amd64.deb 275000 MD5Sum:0f56
            'http://mirror.example/debian-security/pool/redis-server_7.0.15-1%7edeb12u10_amd64.deb' redis-server_5%3a7.0.15-1~deb12u10_amd64.deb 73908 
            """);
        Assert.Equal(2, packages.Count);
        Assert.Equal(new DebianPackage("redis-server", "5:7.0.15-1~deb12u10", "redis-server_5%3a7.0.15-1~deb12u10_amd64.deb", 73908), packages[1]);
        Assert.Equal("7.0.15", packages[1].UpstreamVersion);
    }

    [Fact]
    public void The_three_roots_of_an_erl_script_are_rewritten_and_can_be_again()
    {
        const string Script = "if x\n    ROOTDIR=/usr/lib/erlang\n  then\n        ROOTDIR=/usr/lib/erlang\nelse\n    ROOTDIR=/usr/lib/erlang\nfi\nBINDIR=\"$ROOTDIR/bin\"\n";
        var first = ErlangRoot.Rewrite(Script, "/cache/x.partial/erlang");
        Assert.DoesNotContain("/usr/lib/erlang", first, StringComparison.Ordinal);
        Assert.Equal(Script.Replace("=/usr/lib/erlang", "='/cache/x/erlang'", StringComparison.Ordinal), ErlangRoot.Rewrite(first, "/cache/x/erlang"));
    }

    [Fact]
    public void An_erl_that_finds_itself_is_left_alone()
    {
        const string Script = "    ROOTDIR=\"$dyn_rootdir\"\n";
        Assert.Equal(Script, ErlangRoot.Rewrite(Script, "/cache/erlang"));
    }
}
