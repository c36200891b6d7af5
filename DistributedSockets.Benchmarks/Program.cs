// ./bench: measures this system beside others. ./bench --help says how.
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.Benchmarks.Micro;
using DistributedSockets.Benchmarks.Peers;
using DistributedSockets.Benchmarks.Running;

const string Help =
    """
    ./bench                        every row and target, about 25 minutes; writes docs/benchmarks.md
    ./bench quick                  the core of it, about 3 minutes
                                   both: --repeats 3 --seconds 2.5; --print-only true leaves the file alone, and so does a part of it:
                                   ./bench all --rows between,idle,nodes-4,allocation --targets fast,signalr-redis
    ./bench one <row> <target>     one of them: --runs 3 --seconds 2 --warm-up 1 --pairs N --in-flight N --rate N --nodes N,
                                   --node <DistributedSockets.SocketNode.dll> of another build, or of several, which then take turns: a.dll,b.dll
      rows: same between many latency tail room connects idle
            of ours alone: held nodes-2 nodes-4 nodes-8 few-users many-users calm stalled full-inbox death
      targets: fast reliable signalr-redis socketio-pubsub socketio-streams signalr relay-websocket relay-pipes
    ./bench micro <filter>         BenchmarkDotNet, such as: ./bench micro '*Codec*'
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};

switch (args)
{
    case ["generate"]:
        return Generator.Run();
    case ["peer", var name, var port, .. var redis]:
        await Peer.RunAsync(name, port, redis.FirstOrDefault());
        return 0;
    case ["one", var row, var target, .. var rest]:
        return await SingleRun.RunAsync(Arguments.Parse(rest), row, target, stop.Token);
    case ["micro", .. var filter]:
        MicroBenchmarks.Run(filter);
        return 0;
    case ["quick", .. var rest]:
        return await SuiteRun.RunAsync(Arguments.Parse(rest), Plan.Quick, "./bench quick", stop.Token);
    case [] or ["all", ..]:
        return await SuiteRun.RunAsync(Arguments.Parse([.. args.Skip(1)]), Plan.Full, "./bench", stop.Token);
    default:
        Console.WriteLine(Help);
        return args is ["--help"] ? 0 : 2;
}
