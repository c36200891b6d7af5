// Reads frames of the plain profile that a client has already received.
using System.Text.Json;

namespace DistributedSockets.Tests.Support;

internal static class PlainMessages
{
    public static string Body(string frame)
    {
        using var json = JsonDocument.Parse(frame);
        return json.RootElement.GetProperty("body").GetString()!;
    }

    public static string From(string frame)
    {
        using var json = JsonDocument.Parse(frame);
        return json.RootElement.GetProperty("from").GetString()!;
    }
}
