// What the document shows of the cluster.
namespace DistributedSockets.SocketNode.Api.Reference;

internal static class ClusterExamples
{
    public const string Cluster = """
        {"nodes":[{"node":"server-1","incarnation":1764000000000,"url":"http://localhost:8081","host":"box","version":"0.1.0","startedAt":1764000000123,"draining":false,
          "connections":2,"users":2,"inPerSecond":1.5,"outPerSecond":3,"probeMs":0.84,
          "localPerSecond":1,"remotePerSecond":0.5,"inboxPerSecond":0,"sendQueue":0,"lanes":0,"busQueue":0,"memory":183500800,"bus":"connected"}],
         "redis":{"durable":true,"appendOnly":"yes","appendFsync":"always","version":"7.0.15","role":"master"},
         "rabbitmq":{"version":"3.10.8"},
         "ledger":{"accepted":1200,"delivered":1100,"expired":3,"failed":0,"pending":97,"difference":0}}
        """;
}
