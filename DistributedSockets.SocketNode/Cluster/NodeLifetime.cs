// A node's life: take the name, serve, be fenced and begin anew, or stop and leave nothing behind.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>A node's life. Stopping begins before the web server's own stop, which would otherwise wait for sockets that nobody closes.</summary>
internal sealed partial class NodeLifetime(
    NodeLease lease, NodeBoot boot, NodeDrain drain, NodeStatus status, NodeIdentity identity, NodeMode mode, SessionKeeper sessions, ConnectionTable table, SocketEndpoint sockets,
    IHostApplicationLifetime application, TimeProvider time, ILogger<NodeLifetime> logger) : IHostedLifecycleService, IDisposable
{
    /// <summary>How long boot waits for the queue: RabbitMQ that is down does not stop a node.</summary>
    private static readonly TimeSpan BindLimit = TimeSpan.FromSeconds(3);

    /// <summary>How long a stop waits for connections to end; each has its own, shorter limits.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long the rest of a stop takes when all goes slowly: emptying the queue, closing links, giving the lease back.</summary>
    private static readonly TimeSpan RestLimit = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stopping = new();
    private Task _life = Task.CompletedTask;

    /// <summary>How long a stop may take in all. Whoever stops a node, be it the host or an orchestrator, has to wait at least for that.</summary>
    public static TimeSpan StopLimit(TimeSpan drainWindow) => drainWindow + CloseLimit + RestLimit;

    /// <summary>The web server listens by now: the node knows its address, which it tells with its lease.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!mode.IsCluster)
        {
            LogStandalone(identity.Node);
        }

        _life = LiveAsync();
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        status.Enter(NodePhase.Stopping);
        await _stopping.CancelAsync();
        await _life.WaitAsync(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();

    private async Task LiveAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                await ServeAsync(await lease.TakeAsync(_stopping.Token));
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped before it had a lease.
        }
        catch (Exception exception)
        {
            // A duplicate, or a defect: either way this process must not go on half alive.
            LogFailed(exception, identity.Node, exception.Message);
            Environment.ExitCode = 1;
            application.StopApplication();
        }
    }

    private async Task ServeAsync(NodeIncarnation self)
    {
        status.Begin(self);
        sessions.Forget();
        using var holding = new CancellationTokenSource();
        var held = lease.HoldAsync(self, holding.Token);
        var bound = boot.StartAsync(self);
        await Task.WhenAny(bound, held, Task.Delay(BindLimit, time, _stopping.Token));
        status.Enter(NodePhase.Serving, from: NodePhase.Starting);
        LogServing(self, identity.Info.Url, bound.IsCompleted);

        await held.WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!held.IsCompleted)
        {
            status.Enter(NodePhase.Stopping);
            await DrainAsync(held);
        }

        var isBroken = held.IsCompleted && !held.IsCompletedSuccessfully;
        status.Enter(held.IsCompletedSuccessfully ? NodePhase.Fenced : NodePhase.Stopping);
        await EndAsync(self, held, holding);
        if (isBroken)
        {
            // A defect in the lease's loop: not to be begun anew as if the lease had been lost.
            await held;
        }
    }

    /// <summary>Until everybody has left or the window is over the node goes on as before, only that it lets nobody in. Losing the lease ends that too.</summary>
    private async Task DrainAsync(Task held)
    {
        // The others hear of it now: they send nobody here, and wait for nobody when they drain too.
        lease.RenewNow();
        using var lost = new CancellationTokenSource();
        var asking = AskToLeaveAsync(lost.Token);
        await Task.WhenAny(asking, held);
        await lost.CancelAsync();
        await asking;
    }

    private async Task AskToLeaveAsync(CancellationToken cancellationToken)
    {
        var leaving = new List<Task>();
        try
        {
            await foreach (var turn in drain.TurnsAsync(cancellationToken))
            {
                // Not waited for here: a Redis that answers slowly must not hold up the turns of the others.
                leaving.Add(LeaveAsync(turn));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The lease was lost meanwhile.
        }

        await Task.WhenAll(leaving);
    }

    private async Task LeaveAsync(DrainTurn turn)
    {
        if (turn.Connection.Session.Device == DeviceId.Plain)
        {
            // Before the goodbye, upon which the user is on another node at once: a message that found both sessions would be sent to both nodes, and while one has the
            // connection no more and the other not yet, each would leave it to the other.
            await sessions.CloseAsync(turn.Connection.Session, leaves: false);
        }

        turn.Connection.Drain(turn.After, turn.Url);
    }

    private async Task EndAsync(NodeIncarnation self, Task held, CancellationTokenSource holding)
    {
        var reason = status.Phase == NodePhase.Fenced ? CloseReason.LeaseLost : CloseReason.Drain;
        sockets.EndGreetings();
        foreach (var connection in table.Snapshot())
        {
            connection.Close(reason);
        }

        if (reason == CloseReason.LeaseLost)
        {
            status.LetGo();
        }

        // The lease is held on meanwhile, so that what the connections close in the registry is still theirs.
        await sockets.WhenIdleAsync().WaitAsync(CloseLimit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await boot.StopAsync();
        await holding.CancelAsync();
        await held.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (status.Phase == NodePhase.Stopping)
        {
            await lease.ReleaseAsync(self, CancellationToken.None);
            LogStopped(self);
        }
    }

    [LoggerMessage(7029, LogLevel.Information, "{Node} runs alone: no connection strings are set, everything stays in this process's memory")]
    private partial void LogStandalone(NodeId node);

    [LoggerMessage(7030, LogLevel.Information, "{Node} serves at {Url} (RabbitMQ queue bound: {Bound})")]
    private partial void LogServing(NodeIncarnation node, string url, bool bound);

    [LoggerMessage(7031, LogLevel.Information, "{Node} has stopped and left nothing behind")]
    private partial void LogStopped(NodeIncarnation node);

    [LoggerMessage(7032, LogLevel.Critical, "Node {Node} can't go on: {Problem}")]
    private partial void LogFailed(Exception exception, NodeId node, string problem);
}
