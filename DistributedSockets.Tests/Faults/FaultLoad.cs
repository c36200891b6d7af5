// The traffic of a fault run: 60 users on three nodes who write to each other, some with two devices, some who come and go.
using System.Diagnostics;
using System.Globalization;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Faults;

/// <summary>
/// 60 users on three nodes: half with one device, a quarter with two on different nodes, a quarter who come and go. Each writes to a few others, so that local, remote,
/// offline and many-device lanes all have traffic. The choices follow the seed.
/// </summary>
internal sealed class FaultLoad : IAsyncDisposable
{
    private const int Ordinary = 60;
    private const int Peers = 4;

    // More than that who come and go would be a test of connecting.
    private const int MostWanderers = 30;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    // The grace of those who have left is 5 s; what got lost between nodes is found within about a minute.
    private static readonly TimeSpan PresenceLimit = TimeSpan.FromSeconds(75);

    private readonly IReadOnlyList<Uri> _addresses;
    private readonly string _run = Guid.NewGuid().ToString("N")[..6];
    private readonly Random _random;
    private readonly List<FaultClient> _clients = [];
    private readonly List<FaultClient> _wanderers = [];
    private readonly Dictionary<FaultClient, string[]> _peers = [];
    private readonly CancellationTokenSource _over = new();
    private Task _traffic = Task.CompletedTask;
    private FaultRooms? _rooms;

    /// <param name="addresses">Where the clients connect; the cluster's own nodes when null.</param>
    public FaultLoad(FaultCluster cluster, int seed, IReadOnlyList<Uri>? addresses = null, int users = Ordinary)
    {
        _addresses = addresses ?? cluster.Addresses;
        _random = new Random(seed);
        string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"u{index:00}-{_run}");
        for (var index = 0; index < users; index++)
        {
            var first = Add(Name(index), "a", index % FaultCluster.Nodes);
            if (index % 4 == 1)
            {
                Add(Name(index), "b", (index + 1) % FaultCluster.Nodes);
            }
            else if (index % 4 == 3 && _wanderers.Count < MostWanderers)
            {
                _wanderers.Add(first);
            }
        }

        foreach (var client in _clients)
        {
            _peers[client] = [.. Enumerable.Range(0, Peers).Select(_ => Name(_random.Next(users)))];
        }
    }

    public Journal Journal { get; } = new();

    public IReadOnlyList<FaultClient> Clients => _clients;

    /// <summary>Messages in a second, of all together.</summary>
    public int Rate { get; init; } = 150;

    /// <summary>How many rooms there are in the mix, and with them presence; 0 for neither. Half of the messages go to rooms then.</summary>
    public int Rooms { get; init; }

    /// <summary>How long what is missing in the end is waited for. Long enough for everything but the slow sweep, which looks at each user once a minute.</summary>
    public TimeSpan SettleLimit { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The same, once everybody has connected anew.</summary>
    public TimeSpan AnewLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Which devices write, by the node that they began on (from 1); null for all.</summary>
    public int? OnlyFrom { get; init; }

    /// <summary>Completes when everybody is connected and messages have been acknowledged.</summary>
    public async Task StartAsync()
    {
        await WhenWelcomeAsync(_clients, StartLimit);
        if (Rooms > 0)
        {
            _rooms = new FaultRooms(Journal, _clients, Rooms, _run, new Random(_random.Next()));
            await _rooms.JoinAsync();
        }

        _traffic = Task.WhenAll([WriteAsync(_over.Token), .. _wanderers.Select(client => WanderAsync(client, _random.Next(), _over.Token))]);
        await Eventually.IsAsync(() => Journal.Messages.Count(message => message.IsAcknowledged) > Rate / 2, "messages are acknowledged");
    }

    /// <summary>Further users, who write nothing and are offline until somebody says otherwise, or until the end. They begin on one node (from 1), or spread when null.</summary>
    public IReadOnlyList<FaultClient> AddCrowd(int count, int? home = null) =>
    [
        .. Enumerable.Range(0, count).Select(index =>
            Add(string.Create(CultureInfo.InvariantCulture, $"crowd{_clients.Count:0000}-{_run}"), "a", (home - 1) ?? (index % FaultCluster.Nodes))),
    ];

    /// <summary>Completes when all of them are connected.</summary>
    public static async Task WhenWelcomeAsync(IReadOnlyList<FaultClient> clients, TimeSpan? patience = null)
    {
        foreach (var client in clients)
        {
            client.GoOnline();
        }

        await Eventually.IsAsync(() => clients.All(client => client.IsWelcome), $"{clients.Count} are welcome", patience);
    }

    /// <summary>No more is written, everybody is online; completes when everything is accounted for or the time is over.</summary>
    public async Task<Verdict> SettleAsync()
    {
        await _over.CancelAsync();
        await _traffic;
        if (_rooms is not null)
        {
            // Some of those who come and go are away, then all are back: what watchers believe has to follow.
            await _rooms.SendSomeAwayAsync(_wanderers);
            await SettlePresenceAsync(_rooms);
        }

        foreach (var client in _clients)
        {
            client.GoOnline();
        }

        if (_rooms is not null)
        {
            await SettlePresenceAsync(_rooms);
        }

        var verdict = await AccountAsync(SettleLimit);
        if (verdict.IsIncomplete)
        {
            // What a live connection still misses, a new one reads from the inbox: late, and not lost.
            foreach (var failure in verdict.Failures.Take(20))
            {
                Journal.Note($"only a new connection may help: {failure}");
            }

            foreach (var client in _clients)
            {
                client.Drop();
            }

            verdict = await AccountAsync(AnewLimit);
            verdict.NeededNewConnections = true;
        }

        return verdict;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _traffic;
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
        _over.Dispose();
    }

    private FaultClient Add(string user, string device, int home)
    {
        var client = new FaultClient(Journal, user, $"{user}.{device}", _addresses, home, _random.Next()) { Home = home + 1 };
        _clients.Add(client);
        return client;
    }

    /// <summary>Completes when all watchers believe what is so, or when the time is over and they are noted as misled.</summary>
    private async Task SettlePresenceAsync(FaultRooms rooms)
    {
        var begin = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (rooms.Misbeliefs() is { Count: > 0 } misbeliefs)
        {
            if (Stopwatch.GetElapsedTime(begin) > PresenceLimit)
            {
                misbeliefs.ToList().ForEach(Journal.Misled);
                return;
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        Journal.Note($"presence has settled after {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s");
    }

    private async Task<Verdict> AccountAsync(TimeSpan limit)
    {
        var begin = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            var verdict = Verdict.Of(Journal);
            if (!verdict.IsIncomplete || Stopwatch.GetElapsedTime(begin) > limit)
            {
                return verdict;
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private async Task WriteAsync(CancellationToken over)
    {
        var random = new Random(_random.Next());
        List<FaultClient> writers = [.. _clients.Where(client => OnlyFrom is null || client.Home == OnlyFrom)];
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var begin = Stopwatch.GetTimestamp();
        var written = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                for (var due = (int)(Rate * Stopwatch.GetElapsedTime(begin).TotalSeconds); written < due; written++)
                {
                    if (_rooms is not null && random.Next(2) == 0)
                    {
                        _rooms.Send(random, padding: random.Next(200));
                        continue;
                    }

                    var writer = writers[random.Next(writers.Count)];
                    var peer = _peers[writer][random.Next(Peers)];
                    if (writer.IsOnline)
                    {
                        writer.TrySend(peer, padding: random.Next(200));
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    /// <summary>Online for a while, offline for a while, with and without a close frame.</summary>
    private static async Task WanderAsync(FaultClient client, int seed, CancellationToken over)
    {
        var random = new Random(seed);
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(1 + (3 * random.NextDouble())), over);
                await client.GoOfflineAsync(abruptly: random.Next(2) == 0);
                await Task.Delay(TimeSpan.FromSeconds(0.5 + (2 * random.NextDouble())), over);
                client.GoOnline();
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
