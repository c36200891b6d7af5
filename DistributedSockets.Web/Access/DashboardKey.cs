// What one has to know to be let in: one key, from the configuration.
using System.Security.Cryptography;
using System.Text;

namespace DistributedSockets.Web.Access;

/// <summary>
/// <c>Dashboard:Key</c>. In Development it may be left out, and nobody is asked; elsewhere the application does not start without it.
/// </summary>
internal sealed class DashboardKey
{
    private const int MinLength = 32;

    private readonly byte[] _hash;

    /// <summary>Of a key that <see cref="Problem"/> has nothing against.</summary>
    public DashboardKey(string? key)
    {
        IsWanted = !string.IsNullOrEmpty(key);
        _hash = Hash(key ?? "");
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(_hash))[..16];
    }

    /// <summary>Whether one has to sign in.</summary>
    public bool IsWanted { get; }

    /// <summary>Which key it is, of no use for guessing it: who signed in with another one is out.</summary>
    public string Fingerprint { get; }

    /// <summary>Why the application must not start with that key, and what to do; null when it may.</summary>
    public static string? Problem(string? key, bool isDevelopment)
    {
        const string Advice = "set Dashboard__Key to at least 32 random characters, for example what 'openssl rand -base64 32' prints.";
        return key?.Length switch
        {
            null or 0 when isDevelopment => null,
            null or 0 => $"Dashboard:Key is not set. Outside Development the dashboard lets in only who knows a key: {Advice} On your own machine ASPNETCORE_ENVIRONMENT=Development does without.",
            < MinLength => $"Dashboard:Key has {key.Length} characters, which is too few: {Advice}",
            _ => null,
        };
    }

    /// <summary>Takes the same time whatever is given.</summary>
    public bool Is(string? given) => IsWanted && CryptographicOperations.FixedTimeEquals(Hash(given ?? ""), _hash);

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
