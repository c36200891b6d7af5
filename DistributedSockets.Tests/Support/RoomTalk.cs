// How clients talk in rooms, and what a push says.
using System.Text.Json;

namespace DistributedSockets.Tests.Support;

/// <summary>How clients talk in rooms, and what a push says.</summary>
internal static class RoomTalk
{
    public static async Task<JsonElement> JoinAsync(DsClient client, string room)
    {
        await client.SendFrameAsync($$"""{"type":"join","room":"{{room}}","id":"join"}""");
        return await client.NextAsync("joined");
    }

    /// <param name="id">Without one it is not stored.</param>
    public static Task SayAsync(DsClient client, string room, string text, string? id = null) =>
        client.SendFrameAsync($$"""{"type":"msg","room":"{{room}}","body":"{{text}}"{{(id is null ? "" : $",\"id\":\"{id}\"")}}}""");

    public static (string Code, string Id) Codes(JsonElement error) => (Text(error, "code"), Text(error, "id"));

    public static string Text(JsonElement push, string field) => push.GetProperty(field).GetString()!;

    public static long Number(JsonElement push, string field) => push.GetProperty(field).GetInt64();
}
