// What the document shows of users.
namespace DistributedSockets.SocketNode.Api.Reference;

internal static class UserExamples
{
    public const string History = """
        {"peer":"alice","epoch":"41c0","first":1,"last":2,"more":false,"messages":[
          {"from":"alice","body":"hello","mid":"019a58","ts":1764000001900,"rseq":1,"id":"m-1"},
          {"from":"bob","mid":"019a59","ts":1764000001960,"rseq":2,"id":"b-2","deleted":1764000001990}]}
        """;

    public const string User = """
        {"user":"bob","online":true,"since":1764000000000,"status":{"text":"lunch"},"v":1764000000000,
         "sessions":[{"device":"phone","node":"server-1","connection":"c7","since":1764000000000},{"plain":true,"node":"server-2","connection":"e1","since":1764000000500}],
         "devices":[{"device":"laptop","seen":1763990000000}],
         "inbox":{"seq":87,"delivered":80,"pending":7,"bytes":912,"epoch":"9d2e"},"rooms":["team"]}
        """;

    public const string Inbox = """
        {"seq":87,"delivered":80,"pending":7,"bytes":912,"epoch":"9d2e","more":true,
         "entries":[{"seq":81,"type":"msg","from":"billing","mid":"019a58","ts":1764000003000,"id":"inv-17","bytes":14}]}
        """;
}
