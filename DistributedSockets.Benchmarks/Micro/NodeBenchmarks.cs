// A message through a whole node to a user on the same one: parsing, routing, send queue, socket. What it allocates is the node's.
using BenchmarkDotNet.Attributes;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.Benchmarks.Load.Dialects;
using DistributedSockets.Benchmarks.Load.Sockets;
using DistributedSockets.Benchmarks.Load.Traffic;
using DistributedSockets.SocketNode;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Benchmarks.Micro;

/// <summary>The node has no connection strings, so it runs alone and in memory; the client is the generator's, which allocates nothing.</summary>
#pragma warning disable CA1001 // BenchmarkDotNet ends it with StopAsync.
public class NodeBenchmarks : ILinkListener
#pragma warning restore CA1001
{
    private const int Messages = 4096;
    private const int InFlight = 64;

    private WebApplication? _node;
    private LinkSet? _links;
    private Pair? _pair;

    [GlobalSetup]
    public async Task StartAsync()
    {
        string[] arguments = ["--environment=Production", "--urls=http://127.0.0.1:0", "--SERVER_ID=server-1", "--Auth:Mode=anonymous"];
        _node = SocketNodeApplication.Build(arguments, builder => builder.Logging.SetMinimumLevel(LogLevel.Warning));
        await _node.StartAsync();
        var port = new Uri(_node.Urls.First()).Port;
        _links = new LinkSet(this);
        var dialect = new PlainDialect();
        var sender = new Link(0, "alice", null, port, dialect);
        var receiver = new Link(1, "bob", null, port, dialect);
        _pair = new Pair(sender, receiver, InFlight);
        _links.Open([sender, receiver], 2, TimeSpan.FromSeconds(10));
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public uint MessageOnTheSameNode()
    {
        var end = _pair!.Sent + Messages;
        while (_pair.Arrived != end)
        {
            if (Math.Min(InFlight - _pair.InFlight, (int)(end - _pair.Sent)) is var room and > 0)
            {
                _pair.Send(_links!, room);
            }

            _links!.Turn(TimeSpan.FromMilliseconds(20));
        }

        return _pair.Arrived;
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        _links!.Dispose();
        await _node!.StopAsync();
        await _node.DisposeAsync();
    }

    void ILinkListener.Arrived(Link link, Mark mark) => _pair!.Take(link, mark);

    void ILinkListener.Acknowledged(Link link)
    {
    }

    void ILinkListener.Receipted(Link link, int count)
    {
    }

    void ILinkListener.AfterRead(Link link)
    {
    }
}
