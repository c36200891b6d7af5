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
/// <remarks>
/// Handlers of events other than <see cref="MessageReceived"/> are called by what reads the connection: they must not block, and what they throw is logged.
/// Where a method takes a cancellation token, cancelling it ends the waiting with an <see cref="OperationCanceledException"/>.
/// </remarks>
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
    private readonly FrameLimit _limit = new();
    private readonly Outbox _outbox;
    private readonly Requests _requests;
    private readonly Places _places;
    private readonly LinkCommands _commands;
    private readonly Deliveries _deliveries;
    private readonly Channel<Message> _messages;
    private readonly Lock _gate = new();

    // Never disposed of: whoever closes twice cancels it twice.
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _running;
    private byte[]? _goodbye;
    private ClientException? _end;
    private Link? _link;

    /// <summary>Makes a client, which does nothing before <see cref="ConnectAsync"/>; what is sent before waits for it.</summary>
    /// <param name="options">Its settings; not to be changed any more.</param>
    /// <exception cref="ArgumentException">A setting is missing or out of range; the message names it.</exception>
    /// <example><code>await using var alice = new DistributedSocketsClient(new ClientOptions { User = "alice", Nodes = { new("http://localhost:8081") } });</code></example>
    public DistributedSocketsClient(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _keeper = options.Store is { } store ? new StoreKeeper(store, options.Logger) : null;
        _outbox = new Outbox(options, _limit, _keeper, Wake);
        _requests = new Requests(options, _limit, Wake);
        _places = new Places(Wake, OnInboxMoved);
        _commands = new LinkCommands(options, _limit, _outbox, _requests, _places);
        _deliveries = new Deliveries(options.TrackedMessages);
        _messages = Channel.CreateBounded<Message>(options.InboxCapacity);
        Device = options.Device;
    }

    /// <summary>Where the client stands.</summary>
    /// <example><code>var isOnline = client.State == ClientState.Connected;</code></example>
    public ClientState State { get; private set; } = ClientState.Connecting;

    /// <summary>Who one is, as the node says; null before the first welcome.</summary>
    /// <example><code>Console.WriteLine($"I am {client.User}");</code></example>
    public string? User { get; private set; }

    /// <summary>Which of the user's devices this is; null before the first welcome where none was given.</summary>
    /// <example><code>Console.WriteLine($"on {client.Device}");</code></example>
    public string? Device { get; private set; }

    /// <summary>The name of the node that one is, or was last, connected to; null before the first welcome.</summary>
    /// <example><code>Console.WriteLine($"by {client.Node}");</code></example>
    public string? Node { get; private set; }

    /// <summary>Raised after each change of <see cref="State"/>, and after each further attempt that failed, with the reason.</summary>
    /// <example><code>client.StateChanged += change => Console.WriteLine($"{change.State} {change.Reason?.Reason}");</code></example>
    public event Action<StateChange>? StateChanged;

    /// <summary>Connects, and stays connected from then on until it is closed. Completes with the first welcome; may be called again.</summary>
    /// <param name="cancellationToken">Nobody waits any more; the client goes on trying.</param>
    /// <exception cref="ClientException">A node has said that connecting again is useless, such as for a token that is not valid; or the store could not be read.</exception>
    /// <exception cref="ObjectDisposedException">It was closed by the application.</exception>
    /// <example><code>
    /// using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
    /// await client.ConnectAsync(patience.Token);
    /// </code></example>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            _running ??= Task.Run(RunAsync, CancellationToken.None);
        }

        await _connected.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_end is { } end)
        {
            throw end;
        }
    }

    /// <summary>
    /// Leaves for good: the user is offline at once, unless another device is there. What waits to be written still is, for up to 2 s. What is not acknowledged then fails
    /// with <see cref="ClientException.Closed"/>; with a store it is sent by the next client of it. Messages that the application has not got yet come to the device's next client.
    /// </summary>
    /// <example><code>await client.CloseAsync();</code></example>
    public Task CloseAsync() => EndAsync("{\"type\":\"bye\"}"u8.ToArray());

    /// <summary>As <see cref="CloseAsync"/>, but as one who may be back in a moment: for others the user is online for 5 s more.</summary>
    /// <example><code>await client.DisposeAsync();</code></example>
    public async ValueTask DisposeAsync()
    {
        await EndAsync(goodbye: null).ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Cuts the connection as a lost network does; the client recovers. For tests and demonstrations.</summary>
    /// <example><code>client.CutConnection();</code></example>
    public void CutConnection() => Volatile.Read(ref _link)?.Cut("the connection was cut by the application");

    private async Task EndAsync(byte[]? goodbye)
    {
        Task running;
        lock (_gate)
        {
            _goodbye ??= goodbye;
            running = _running ??= Task.Run(() => FinishAsync(null), CancellationToken.None);
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
    }

    private void Wake() => Volatile.Read(ref _link)?.Wake();
}
