// One device of one user, speaking ds.v1.json as an SDK does: its life between going online and going offline.
using System.Text.Json;

namespace DistributedSockets.Tests.Faults;

/// <summary>
/// One device of one user, speaking ds.v1.json as an SDK does: it reconnects by the bands of the close codes, resumes, follows <c>drain</c>, acknowledges what it has
/// shown, and sends again what has no acknowledgement. It keeps everything that it was told.
/// </summary>
internal sealed partial class FaultClient : IAsyncDisposable
{
    private static readonly TimeSpan WelcomeLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Journal _journal;
    private readonly IReadOnlyList<Uri> _nodes;
    private readonly Random _random;
    private readonly List<Task> _ended = [];
    private CancellationTokenSource _offline = new();
    private Task _life = Task.CompletedTask;
    private Uri _target;
    private FaultSession? _current;
    private int _connections;
    private bool _leavesAbruptly;

    public FaultClient(Journal journal, string user, string device, IReadOnlyList<Uri> nodes, int home, int seed)
    {
        _journal = journal;
        User = user;
        Device = device;
        _nodes = nodes;
        _target = nodes[home];
        _random = new Random(seed);
        _silenceLimit = TimeSpan.FromSeconds(3 + (3 * _random.NextDouble()));
        journal.Clients.Add(this);
    }

    public string User { get; }

    public string Device { get; }

    /// <summary>The number of the node that it goes to first.</summary>
    public int Home { get; init; }

    public DeviceMemory Memory { get; } = new();

    /// <summary>Whether a node has welcomed it and the connection stands.</summary>
    public bool IsWelcome
    {
        get
        {
            lock (_lock)
            {
                return _current is { Ended.IsCompleted: false };
            }
        }
    }

    public bool IsOnline => !_life.IsCompleted;

    public void GoOnline()
    {
        if (_life.IsCompleted)
        {
            _offline.Dispose();
            _offline = new CancellationTokenSource();
            _life = LiveAsync(_offline.Token);
        }
    }

    /// <param name="abruptly">Without a close frame.</param>
    public async Task GoOfflineAsync(bool abruptly)
    {
        _leavesAbruptly = abruptly;
        await _offline.CancelAsync();
        await _life;
    }

    /// <summary>Whether a welcome since then had that reason.</summary>
    public bool IsTold(string reason, long since)
    {
        lock (_lock)
        {
            return Memory.Welcomes.Exists(welcome => welcome.At > since && welcome.Reason == reason);
        }
    }

    /// <summary>Drops the connection without a word; it comes back by itself.</summary>
    public void Drop()
    {
        lock (_lock)
        {
            _current?.Socket.Abort();
        }
    }

    /// <summary>From now on it does not read what its connection brings, until that ends.</summary>
    public void StopReading()
    {
        lock (_lock)
        {
            _current!.IsDeaf = true;
            _current.Socket.StopReading();
        }
    }

    public void ReadAgain()
    {
        lock (_lock)
        {
            _current?.OnHeard();
            _current?.IsDeaf = false;
            _current?.Socket.ReadAgain();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await GoOfflineAsync(abruptly: false);
        await Task.WhenAll(_ended);
        _offline.Dispose();
    }

    private async Task LiveAsync(CancellationToken offline)
    {
        var ticking = TickAsync(offline);
        FaultSession? session = null;
        try
        {
            while (true)
            {
                session = await ConnectAsync(offline);
                if (session is null)
                {
                    TryAnotherNode();
                    await PauseAsync(0.1, 0.3, offline);
                    continue;
                }

                session = await StayAsync(session, offline);
                await ReturnAsync(await session.Ended, offline);
            }
        }
        catch (OperationCanceledException) when (offline.IsCancellationRequested)
        {
            // Offline.
        }
        catch (StoppedException)
        {
            // Closed for good, and said so.
        }
        finally
        {
            await ticking;
            await LeaveAsync();
        }
    }

    /// <summary>Until the connection has ended, or the last of those that took its place when nodes were drained.</summary>
    private async Task<FaultSession> StayAsync(FaultSession session, CancellationToken offline)
    {
        while (true)
        {
            await Task.WhenAny(session.Ended, session.Draining.Task).WaitAsync(offline);
            if (session.Ended.IsCompleted)
            {
                return session;
            }

            // The new one first, then the old one goes.
            if (await session.Draining.Task is { } hint)
            {
                _target = hint;
            }
            else
            {
                TryAnotherNode();
            }

            if (await ConnectAsync(offline) is { } successor)
            {
                await session.Socket.CloseAsync();
                session = successor;
            }
            else
            {
                await PauseAsync(0.1, 0.3, offline);
            }
        }
    }

    private async Task<FaultSession?> ConnectAsync(CancellationToken offline)
    {
        var socket = await FaultSocket.TryConnectAsync(_target, User, ++_connections, offline);
        if (socket is null)
        {
            return null;
        }

        var session = new FaultSession(socket);
        session.Ended = RunAsync(session);
        lock (_lock)
        {
            _ended.RemoveAll(ended => ended.IsCompleted);
            _ended.Add(session.Ended);
            session.Claimed = (Memory.Epoch, Memory.Seq);
            socket.Post(Hello());
        }

        await Task.WhenAny(session.Welcomed.Task, session.Ended, Task.Delay(WelcomeLimit, offline));
        if (session.Welcomed.Task.IsCompleted)
        {
            return session;
        }

        var refused = session.Ended.IsCompleted;
        socket.Abort();
        var code = await session.Ended;
        offline.ThrowIfCancellationRequested();
        _journal.Note($"{Device} was not welcome at {_target.Port}: {(refused ? code : "no answer to the hello")}");
        StopIfClosedForGood(code);
        return null;
    }

    private async Task<int> RunAsync(FaultSession session)
    {
        try
        {
            return await session.Socket.RunAsync(frame => OnObject(session, frame));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            _journal.Violate($"{Device} can't read what {session.Socket.Node.Port} has sent: {exception.Message}");
            session.Socket.Abort();
            return FaultSocket.NoCloseFrame;
        }
    }

    /// <summary>40xx: stays away. 41xx: after a second or more. Everything else: at once. With jitter, so that not all come in the same moment.</summary>
    private async Task ReturnAsync(int code, CancellationToken offline)
    {
        _journal.Note($"{Device} was closed by {_target.Port} with {code}");
        StopIfClosedForGood(code);
        var least = code is >= 4100 and < 4200 ? 1 : 0;
        await PauseAsync(least, least + 0.2, offline);
    }

    private void StopIfClosedForGood(int code)
    {
        if (code is >= 4000 and < 4100)
        {
            _journal.Violate($"{Device} was closed for good by {_target.Port} with {code}");
            throw new StoppedException();
        }
    }

    private async Task LeaveAsync()
    {
        FaultSession? session;
        lock (_lock)
        {
            (session, _current) = (_current, null);
        }

        if (session is not null)
        {
            if (_leavesAbruptly)
            {
                session.Socket.Abort();
            }
            else
            {
                await session.Socket.CloseAsync();
                await Task.WhenAny(session.Ended, Task.Delay(TimeSpan.FromSeconds(2)));
                session.Socket.Abort();
            }

            await session.Ended;
            session.Socket.Dispose();
        }
    }

    private void TryAnotherNode()
    {
        var others = _nodes.Where(node => node.Port != _target.Port).ToList();
        _target = others[_random.Next(others.Count)];
    }

    private Task PauseAsync(double least, double most, CancellationToken offline) =>
        Task.Delay(TimeSpan.FromSeconds(least + ((most - least) * _random.NextDouble())), offline);

    private sealed class StoppedException : Exception;
}
