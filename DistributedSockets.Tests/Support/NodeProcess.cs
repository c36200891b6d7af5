// A node that somebody starts by hand, from the build output.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DistributedSockets.Tests.Support;

/// <summary>A node that somebody starts by hand. It ends with the test, however that ends.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private NodeProcess(Process process, Uri uri)
    {
        _process = process;
        Uri = uri;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Uri { get; }

    public int Id => _process.Id;

    /// <summary>Everything it printed.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>As in <c>SERVER_ID=server-9 ASPNETCORE_URLS=… dotnet run</c> with the connection strings of the cluster; null leaves the name to the host.</summary>
    /// <param name="settings">Further variables of its environment.</param>
    public static async Task<NodeProcess> StartAsync(RunningCluster cluster, string? serverId, params (string Name, string Value)[] settings)
    {
        var uri = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("dotnet", ["exec", Program()]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = uri.ToString();
        start.Environment["ConnectionStrings__redis"] = await cluster.ConnectionStringAsync("redis");
        start.Environment["ConnectionStrings__rabbitmq"] = await cluster.ConnectionStringAsync("rabbitmq");
        start.Environment.Remove("SERVER_ID");
        if (serverId is not null)
        {
            start.Environment["SERVER_ID"] = serverId;
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new NodeProcess(Process.Start(start)!, uri);
    }

    /// <summary>Completes when it serves.</summary>
    public async Task WhenHealthyAsync()
    {
        using var http = new HttpClient();
        await Eventually.IsAsync(
            async () =>
            {
                Assert.False(_process.HasExited, $"The node ended. It printed:\n{Output}");
                try
                {
                    using var response = await http.GetAsync(new Uri(Uri, "/health"), TestContext.Current.CancellationToken);
                    return response.StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the node that was started by hand is healthy");
    }

    /// <summary>Its exit code, once it has ended by itself.</summary>
    public async Task<int> WhenEndedAsync()
    {
        try
        {
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(ExitLimit);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The node still runs after {ExitLimit.TotalSeconds:0} s. It printed:\n{Output}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    /// <summary>The node's own build output, beside that of the tests; the copy in the tests' folder lacks what only a program needs.</summary>
    private static string Program() => Path.Combine(
        AppContext.BaseDirectory.Replace("DistributedSockets.Tests", "DistributedSockets.SocketNode", StringComparison.Ordinal), "DistributedSockets.SocketNode.dll");

    /// <summary>Below what the system gives to outgoing connections, one of which could take it before the node listens; and not where the application's own ports lie.</summary>
    private static int FreePort()
    {
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(16_000, 20_000));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one may be free.
            }
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
