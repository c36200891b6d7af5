// The signature that a back end checks.
using System.Text;
using DistributedSockets.SocketNode.Webhooks;

namespace DistributedSockets.Tests.Webhooks;

public sealed class HookSignatureTests
{
    private const string Body = """{"id":"f6bbd12606d54e20-1764000003950-0","type":"user.offline","at":1764000003950,"data":{"user":"bob","v":8,"since":1764000003950}}""";

    [Fact]
    public void Signature_is_that_of_the_protocols_example()
    {
        var signature = new HookSignature(new HookOptions { Secret = "a secret of at least 32 characters" });

        Assert.Equal("v1=f33f814fce4a7d4d0d6e585a7105da71129cd22399e7e6b18feda799779ae99b", signature.Sign(1_764_000_004, Encoding.UTF8.GetBytes(Body)));
    }

    [Fact]
    public void While_the_secret_is_changed_both_sign()
    {
        var signature = new HookSignature(new HookOptions { Secret = "the next secret, of at least 32 characters", PreviousSecret = "a secret of at least 32 characters" });

        Assert.Equal("v1=ad3c1c3b60d7d7ac45640b39994200d7af3ae63c8b2e84ad602397983183acfb,v1=f33f814fce4a7d4d0d6e585a7105da71129cd22399e7e6b18feda799779ae99b", signature.Sign(1_764_000_004, Encoding.UTF8.GetBytes(Body)));
    }
}
