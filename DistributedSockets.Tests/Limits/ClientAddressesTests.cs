// The address that a request is counted under.
using System.Net;
using DistributedSockets.SocketNode;
using DistributedSockets.SocketNode.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests.Limits;

public sealed class ClientAddressesTests
{
    [Theory]
    [InlineData("203.0.113.7", null, "203.0.113.7")]
    [InlineData("203.0.113.7", "198.51.100.1", "203.0.113.7")]
    [InlineData("10.1.2.3", "198.51.100.1", "198.51.100.1")]
    [InlineData("10.1.2.3", "198.51.100.1:4711", "198.51.100.1")]
    [InlineData("10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9", "198.51.100.1")]
    [InlineData("10.1.2.3", "nonsense, 10.9.9.9", "10.9.9.9")]
    [InlineData("10.1.2.3", null, "10.1.2.3")]
    [InlineData("::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1")]
    [InlineData("::ffff:203.0.113.7", null, "203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", null, "2001:db8:1:2::")]
    [InlineData("fd00::1", "2001:db8:1:2:ffff::1", "2001:db8:1:2::")]
    public void Only_trusted_proxies_are_believed(string from, string? forwarded, string counted)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(from);
        context.Request.Headers["X-Forwarded-For"] = forwarded;

        Assert.Equal(IPAddress.Parse(counted), Addresses("10.0.0.0/8", "fd00::1").Of(context));
    }

    [Fact]
    public void Several_headers_are_one_list()
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse("10.1.2.3");
        context.Request.Headers["X-Forwarded-For"] = new(["6.6.6.6", "198.51.100.1,10.0.0.1"]);
        Assert.Equal(IPAddress.Parse("198.51.100.1"), Addresses("10.0.0.0/8").Of(context));
    }

    [Fact]
    public void Who_has_no_address_is_not_counted() => Assert.Null(Addresses().Of(new DefaultHttpContext()));

    private static ClientAddresses Addresses(params string[] proxies) => new(Options.Create(new SocketNodeOptions { TrustedProxies = proxies }));
}
