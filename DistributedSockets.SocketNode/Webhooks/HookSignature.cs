// How the back end knows that an event comes from here.
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>
/// How the back end knows that an event comes from here, and when it was posted: <c>v1=</c> and HMAC-SHA256 over the time in seconds, a full stop and the body, in lower-case hexadecimal. There
/// is one for each secret.
/// </summary>
internal sealed class HookSignature(HookOptions options)
{
    private readonly byte[][] _secrets =
        [.. new[] { options.Secret, options.PreviousSecret }.Where(secret => !string.IsNullOrEmpty(secret)).Select(secret => Encoding.UTF8.GetBytes(secret!))];

    /// <summary>As the header has it: <c>v1=…</c>, or <c>v1=…,v1=…</c> while the secret is being changed.</summary>
    public string Sign(long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes(timestamp.ToString(CultureInfo.InvariantCulture)), (byte)'.', .. body];
        return string.Join(',', _secrets.Select(secret => $"v1={Convert.ToHexStringLower(HMACSHA256.HashData(secret, signed))}"));
    }
}
