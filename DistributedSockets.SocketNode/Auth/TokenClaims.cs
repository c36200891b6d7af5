// What a verified token says: the claims that mean something here, each of one shape only.
using System.Text.Json;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>Reads the claims of a token whose signature, times and audience are good. A claim of another shape makes the token invalid: nobody should be let in by guessing.</summary>
internal static class TokenClaims
{
    public const string Direct = "ds.dm";
    public const string Rooms = "ds.rooms";
    public const string Api = "ds.api";
    public const string ApiRead = "ds.api.read";
    public const string Scope = "scope";

    /// <summary>Characters of a token's id.</summary>
    public const int MaxTokenId = 128;

    /// <param name="payload">The token's payload, a JSON object.</param>
    /// <param name="expires">When it ends, in ms since 1970.</param>
    /// <param name="direct">What holds where <c>ds.dm</c> is absent.</param>
    public static Verdict Read(ReadOnlyMemory<byte> payload, long expires, bool direct)
    {
        using var document = JsonDocument.Parse(payload);
        var claims = document.RootElement;
        if (!TryText(claims, "sub", out var sub) || sub is null)
        {
            return Invalid("the token has no sub");
        }

        if (!UserId.TryParse(sub, out var user, out var problem, "sub"))
        {
            return Invalid(problem);
        }

        if (!TryFlag(claims, Direct, ref direct))
        {
            return Invalid($"{Direct} must be true or false");
        }

        if ((claims.TryGetProperty(Rooms, out var granted) ? RoomGrants.Read(granted) : RoomGrants.None) is not { } rooms)
        {
            return Invalid($"{Rooms} must be an object of patterns, each with \"r\" or \"rw\"");
        }

        var isApi = false;
        if (!TryFlag(claims, Api, ref isApi))
        {
            return Invalid($"{Api} must be true or false");
        }

        if (!TryWords(claims, Scope, out var scope) || !TryWords(claims, "scp", out var scp))
        {
            return Invalid("scope and scp must be words, or a list of them");
        }

        if (!TryText(claims, "jti", out var id) || id is "" || id?.EnumerateRunes().Count() > MaxTokenId)
        {
            return Invalid($"jti must be a text of 1 to {MaxTokenId} characters");
        }

        if (!TryTime(claims, "iat", out var issuedAt))
        {
            return Invalid("iat must be a time");
        }

        string[] words = [.. scope, .. scp];
        var api = isApi || words.Contains(Api) ? ApiScope.All : words.Contains(ApiRead) ? ApiScope.Read : ApiScope.None;
        return new Verdict(new Identity(user, new Grants(direct, api, expires, id, issuedAt) { Rooms = rooms }));
    }

    private static Verdict Invalid(string reason) => new(TokenFault.Invalid, reason);

    private static bool TryText(JsonElement claims, string name, out string? text)
    {
        text = null;
        if (!claims.TryGetProperty(name, out var value))
        {
            return true;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = value.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            // Escapes that are no valid Unicode.
            return false;
        }
    }

    private static bool TryFlag(JsonElement claims, string name, ref bool flag)
    {
        if (!claims.TryGetProperty(name, out var value))
        {
            return true;
        }

        flag = value.ValueKind == JsonValueKind.True;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False;
    }

    /// <summary>Issuers write them as one text with blanks, or as a list.</summary>
    private static bool TryWords(JsonElement claims, string name, out string[] words)
    {
        words = [];
        if (!claims.TryGetProperty(name, out var value))
        {
            return true;
        }

        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(word => word.ValueKind == JsonValueKind.String))
        {
            words = [.. value.EnumerateArray().Select(word => word.GetString()!)];
            return true;
        }

        if (!TryText(claims, name, out var text))
        {
            return false;
        }

        words = text!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return true;
    }

    /// <summary>Seconds since 1970, perhaps with a fraction, into milliseconds.</summary>
    private static bool TryTime(JsonElement claims, string name, out long milliseconds)
    {
        milliseconds = 0;
        if (!claims.TryGetProperty(name, out var value))
        {
            return true;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var seconds) || seconds is < 0 or > 1e12)
        {
            return false;
        }

        milliseconds = (long)(seconds * 1000);
        return true;
    }
}
