// What the document shows of messages.
namespace DistributedSockets.SocketNode.Api.Reference;

internal static class MessageExamples
{
    public const string Message = """{"from":"billing","to":"bob","body":{"invoice":17},"id":"inv-17","ttl":86400,"ct":"application/vnd.example.invoice"}""";

    public const string Batch = """{"messages":[{"from":"billing","to":"bob","body":{"invoice":18},"id":"inv-18"},{"from":"billing","room":"team","body":"sent"}]}""";

    public const string Results = """
        {"results":[{"status":202,"mid":"019a58","seq":89,"ts":1764000003000,"state":"stored"},{"status":409,"code":"id_reused","detail":"nothing was stored"}]}
        """;
}
