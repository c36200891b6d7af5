// What the document shows of lists.
namespace DistributedSockets.SocketNode.Api.Reference;

internal static class ListExamples
{
    public const string Users = """
        {"users":[{"user":"bob","sessions":[{"device":"phone","node":"server-1","connection":"c7","since":1764000000000}]}],"next":"server-1.1764000000000.0.bob"}
        """;

    public const string Rooms = """{"rooms":[{"room":"team","members":3},{"room":"ds.all","members":0}]}""";
}
