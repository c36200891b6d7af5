using System.Threading.Channels;
using DistributedSockets.Client.Connecting;
using DistributedSockets.Client.Receiving;
using DistributedSockets.Client.Sending;
using DistributedSockets.Client.Storing;

namespace DistributedSockets.Client;

/// <summary>
/// A user's device in a cluster: connected to any of its nodes, and to another when that one goes. What is sent is sent until it is acknowledged, what comes
/// comes once and in order, over reconnects and with a <see cref="ClientOptions.Store"/> over restarts. All members may be called from any thread.
/// </summary>
/// <remarks>Handlers of events other than <see cref="MessageReceived"/> run on the connection's own thread and must not block.</remarks>
/// <example><code>
/// await using var client = new DistributedSocketsClient(new ClientOptions { User = "alice", Nodes = { new("http://localhost:8081"), new("http://localhost:8082") } });
/// await client.ConnectAsync();
/// var sent = await client.SendAsync("bob", "hi");
/// var receipt = await sent.Delivered;
/// await foreach (var message in client.ReadMessagesAsync())
/// {
///     Console.WriteLine($"{message.From}: {message.Body}");
/// }
/// </code></example>
public sealed partial class DistributedSocketsClient : IAsyncDisposable
{
    private readonly ClientOptions _options;
    private readonly StoreKeeper? _keeper;
    private readonly Outbox _outbox;
    private readonly Requests _requests;
    private readonly Places _places;
    private readonly LinkCommands _commands;
    private readonly Deliveries _deliveries;
    private readonly Channel<Message> _messages;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _running;
    private Link? _link;

    /// <param name="options">Its settings; not to be changed any more.</param>
    /// <exception cref="ArgumentException">A setting is missing or out of range.</exception>
    public DistributedSocketsClient(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _keeper = options.Store is { } store ? new StoreKeeper(store, options.Logger) : null;
        _outbox = new Outbox(options, _keeper, Wake);
        _requests = new Requests(options, Wake);
        _places = new Places(Wake, OnInboxMoved);
        _commands = new LinkCommands(options, _outbox, _requests, _places);
        _deliveries = new Deliveries(options.TrackedMessages);
        _messages = Channel.CreateBounded<Message>(options.InboxCapacity);
        Device = options.Device;
    }

    /// <summary>Where the client stands.</summary>
    public ClientState State { get; private set; } = ClientState.Connecting;

    /// <summary>Who one is; null before the first welcome.</summary>
    public string? User { get; private set; }

    /// <summary>Which of the user's devices this is; null before the first welcome where none was given.</summary>
    public string? Device { get; private set; }

    /// <summary>The name of the node that one is, or was last, connected to.</summary>
    public string? Node { get; private set; }

    /// <summary>Raised after each change of <see cref="State"/>.</summary>
    public event Action<StateChange>? StateChanged;

    /// <summary>Connects, and stays connected from then on until it is closed. Completes with the first welcome.</summary>
    /// <exception cref="ClientException">A node has said that connecting again is useless.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits any more; the client goes on trying.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ending.IsCancellationRequested, this);
            _running ??= Task.Run(RunAsync, CancellationToken.None);
        }

        await _connected.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Leaves for good: the user is offline at once, unless another device is there. What is not acknowledged fails with <see cref="ClientException.Closed"/>;
    /// with a store it is sent by the next client of it.
    /// </summary>
    public Task CloseAsync() => EndAsync("{\"type\":\"bye\"}"u8.ToArray());

    /// <summary>Leaves, as one who may be back in a moment: for others the user is online for some seconds more.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync(last: null).ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Cuts the connection as a lost network does; the client recovers. For tests and demonstrations.</summary>
    public void CutConnection() => Volatile.Read(ref _link)?.Cut("the connection was cut by the application");

    private async Task EndAsync(byte[]? last)
    {
        Task? running;
        lock (_gate)
        {
            running = _running ??= Task.Run(() => Finish(null), CancellationToken.None);
        }

        if (Volatile.Read(ref _link) is { } link)
        {
            _isClosing = true;
            link.Leave(last, new CloseInfo(1000, "closed by the application") { IsFinal = true });
        }
        else
        {
            await _ending.CancelAsync().ConfigureAwait(false);
        }

        await running.ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
    }

    private void Wake() => Volatile.Read(ref _link)?.Wake();
}
