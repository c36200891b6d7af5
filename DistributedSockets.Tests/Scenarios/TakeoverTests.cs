// Connections that outlive the HTTP request that has upgraded them, and those that can't.
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

public sealed class TakeoverTests
{
    [Fact]
    public async Task The_request_is_over_and_the_connection_goes_on()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 1);
        var alice = await cluster.ConnectAsync("alice");
        var bob = await cluster.GreetAsync("bob");

        await Eventually.IsAsync(() => cluster[0].Requests == 0, "no request is under way");

        await alice.SendAsync("alice", "still here");
        Assert.Equal("still here", (await alice.NextMessageAsync()).Body);
        Assert.True(cluster.Knows("alice"));
        await alice.DisposeAsync();
        await bob.DisposeAsync();
        await Eventually.IsAsync(() => !cluster.Knows("alice") && !cluster.Knows("bob"), "both have left");
    }

    [Fact]
    public async Task An_encrypted_connection_stays_with_its_request()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var certificate = NewCertificate();
            await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pkcs12), TestContext.Current.CancellationToken);
            await using var cluster = await TestCluster.StartAsync(nodes: 1, "urls=https://127.0.0.1:0", $"Kestrel:Certificates:Default:Path={file}");
            using var alice = new ClientWebSocket();
            alice.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => certificate.Equals(shown);
            await alice.ConnectAsync(TestClient.Address(cluster[0].Uri, "alice"), TestContext.Current.CancellationToken);

            await alice.SendAsync("""{"to":"alice","body":"in secret"}"""u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

            var buffer = new byte[256];
            var received = await alice.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
            Assert.Equal("""{"from":"alice","to":"alice","body":"in secret"}""", Encoding.UTF8.GetString(buffer, 0, received.Count));
            Assert.Equal(1, cluster[0].Requests);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddHours(1));
    }
}
