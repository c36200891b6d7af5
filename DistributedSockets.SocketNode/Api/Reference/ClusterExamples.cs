// What the document shows of the cluster.
namespace DistributedSockets.SocketNode.Api.Reference;

internal static class ClusterExamples
{
    public const string Cluster = """
        {"nodes":[{"node":"server-1","incarnation":1764000000000,"url":"http://localhost:8081","host":"box","version":"0.1.0","startedAt":1764000000123,"draining":false,
          "connections":2,"users":2,"inPerSecond":1.5,"outPerSecond":3,"probeMs":0.84}],
         "redis":{"durable":true,"appendOnly":"yes","appendFsync":"always"},
         "ledger":{"accepted":1200,"delivered":1100,"expired":3,"failed":0,"pending":97,"difference":0}}
        """;
}
