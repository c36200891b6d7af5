// A TCP proxy whose link can be slowed down, held up and cut.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DistributedSockets.Tests.Support;

internal enum ProxyMode
{
    Pass,

    /// <summary>Everything stays open and nothing arrives, until the link passes again: a cable that was pulled.</summary>
    Blackhole,

    /// <summary>Live connections are reset, and so is every new one: a server that is down.</summary>
    Reset,
}

/// <summary>Stands between a client and a server on this machine, and lets a test slow down, hold up or cut what flows.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Pair, Task> _pairs = new();
    private readonly string _host;
    private volatile int _serverPort;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _passing = new();
    private ProxyMode _mode;

    private TcpProxy(string host, int serverPort)
    {
        _host = host;
        _serverPort = serverPort;
        _passing.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The server's port, on the same host. Another one takes the place of the old server for connections from then on.</summary>
    public int ServerPort
    {
        get => _serverPort;
        set => _serverPort = value;
    }

    /// <summary>How long each stretch of bytes takes, one after the other, each way. It also limits the throughput to 64 KiB per this.</summary>
    public TimeSpan Delay { get; set; }

    public ProxyMode Mode
    {
        get => _mode;
        set
        {
            _mode = value;
            if (value == ProxyMode.Blackhole)
            {
                _passing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return;
            }

            if (value == ProxyMode.Reset)
            {
                ResetAll();
            }

            _passing.TrySetResult();
        }
    }

    public static TcpProxy Start(string host, int serverPort) => new(host, serverPort);

    /// <summary>Resets what is open now; new connections pass.</summary>
    public void ResetAll()
    {
        foreach (var pair in _pairs.Keys)
        {
            pair.Client.Close(0);
            pair.Server.Close(0);
        }
    }

    /// <summary>Resets the clients' ends and keeps the server's: the server still believes in clients that are long gone.</summary>
    public void ResetClients()
    {
        foreach (var pair in _pairs.Keys)
        {
            pair.HoldServer = true;
            pair.Client.Close(0);
        }
    }

    /// <summary>Sends bytes to every client as if they came from the server. The link must be idle, else they land amid others.</summary>
    public async Task InjectAsync(ReadOnlyMemory<byte> bytes)
    {
        foreach (var pair in _pairs.Keys)
        {
            await pair.Client.SendAsync(bytes);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        ResetAll();
        await _accepting;
        await Task.WhenAll(_pairs.Values);
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stopping.Token);
                if (_mode == ProxyMode.Reset)
                {
                    client.Close(0);
                    continue;
                }

                var pair = new Pair(client, new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
                client.NoDelay = true;
                _pairs[pair] = RunAsync(pair);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task RunAsync(Pair pair)
    {
        await Task.Yield();
        try
        {
            await _passing.Task.WaitAsync(_stopping.Token);
            await pair.Server.ConnectAsync(_host, _serverPort, _stopping.Token);
            await Task.WhenAny(PumpAsync(pair.Client, pair.Server), PumpAsync(pair.Server, pair.Client));
            if (pair.HoldServer)
            {
                await Task.Delay(Timeout.Infinite, _stopping.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed, reset or not reachable: the client sees it end below.
        }
        finally
        {
            pair.Client.Close(0);
            pair.Server.Close(0);
            _pairs.TryRemove(pair, out _);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stopping.Token) is var count and > 0)
            {
                if (Delay > TimeSpan.Zero)
                {
                    await Task.Delay(Delay, _stopping.Token);
                }

                await _passing.Task.WaitAsync(_stopping.Token);
                await to.SendAsync(buffer.AsMemory(0, count), _stopping.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One end is gone; the caller closes the other.
        }
    }

    private sealed class Pair(Socket client, Socket server)
    {
        public Socket Client { get; } = client;

        public Socket Server { get; } = server;

        public volatile bool HoldServer;
    }
}
