// The signature that a back end checks.
using System.Text;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.Tests.Webhooks;

public sealed class HookSignatureTests
{
    private const string Body = """{"id":"5c1f0a9be2d47733-1764000003950-0","type":"user.offline","at":1764000003950,"data":{"user":"bob","v":8,"since":1764000003950}}""";

    [Fact]
    public void Signature_is_that_of_the_protocols_example()
    {
        var signature = new HookSignature(new HookOptions { Secret = "a secret of at least 32 characters" });

        Assert.Equal("v1=4a749208f224a769b79b9a7fca0da3896e0a4bdaa4149876e46b12501caf7e6c", signature.Sign(1_764_000_004, Encoding.UTF8.GetBytes(Body)));
    }

    [Fact]
    public void While_the_secret_is_changed_both_sign()
    {
        var signature = new HookSignature(new HookOptions { Secret = "the next secret, of at least 32 characters", PreviousSecret = "a secret of at least 32 characters" });

        Assert.Equal("v1=c1442c7ae0796d3c81ed7bdba62e91cb4663255a74da5c2d795b143e1251ee20,v1=4a749208f224a769b79b9a7fca0da3896e0a4bdaa4149876e46b12501caf7e6c", signature.Sign(1_764_000_004, Encoding.UTF8.GetBytes(Body)));
    }
}
