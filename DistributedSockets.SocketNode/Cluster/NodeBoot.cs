// Everything that runs for one incarnation of the node, and its end.
using System.Runtime.CompilerServices;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Cluster;

/// <summary>Everything that runs for one incarnation: it receives, listens to itself, watches the others, reaps the dead, looks for lost hints, visits inboxes, and tells and shows who comes and goes.</summary>
internal sealed partial class NodeBoot(
    INodeBus bus, BusIntake intake, RoomIntake rooms, LoopbackProbe probe, NodeWatch watch, DeadNodeReaper reaper, InboxCatchUp catchUp, RoomCatchUp roomCatchUp, InboxSweeper sweeper, CopyRounds copies, PresenceWatch presence,
    PresenceTeller teller, WatchKeeper watches, RoomWatch roomWatch, MemberTeller memberTeller, RoomLister roomLister,
    TimeProvider time, ILogger<NodeBoot> logger) : IDisposable
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private CancellationTokenSource _consuming = new();
    private CancellationTokenSource _loops = new();
    private CancellationTokenSource? _turn;
    private Task _consumer = Task.CompletedTask;
    private Task _others = Task.CompletedTask;

    /// <summary>Starts it all; completes when the node's queue is bound for the first time.</summary>
    public Task StartAsync(NodeIncarnation self)
    {
        Dispose();
        _consuming = new CancellationTokenSource();
        _loops = new CancellationTokenSource();
        var bound = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiver = new BusReceiver(intake.TakeAsync, intake.Hear, rooms.TakeAsync, () =>
        {
            bound.TrySetResult();
            RequestCatchUp();
        });
        _consumer = UntilCancelledAsync(token => ConsumeAsync(self, receiver, token), _consuming.Token);
        _others = Task.WhenAll(
            UntilCancelledAsync(watch.RunAsync, _loops.Token),
            UntilCancelledAsync(reaper.RunAsync, _loops.Token),
            UntilCancelledAsync(catchUp.RunAsync, _loops.Token),
            UntilCancelledAsync(roomCatchUp.RunAsync, _loops.Token),
            UntilCancelledAsync(sweeper.RunAsync, _loops.Token),
            UntilCancelledAsync(presence.RunAsync, _loops.Token),
            UntilCancelledAsync(teller.RunAsync, _loops.Token),
            UntilCancelledAsync(watches.RunAsync, _loops.Token),
            UntilCancelledAsync(roomWatch.RunAsync, _loops.Token),
            UntilCancelledAsync(memberTeller.RunAsync, _loops.Token),
            UntilCancelledAsync(roomLister.RunAsync, _loops.Token),
            UntilCancelledAsync(token => probe.RunAsync(OnProbeMissed, token), _loops.Token));
        return bound.Task;
    }

    /// <summary>Receives nothing more, carries what had been received to its end, then stops the rest.</summary>
    public async Task StopAsync()
    {
        await _consuming.CancelAsync();
        await _consumer;
        await intake.DrainAsync();
        await copies.EndAsync();
        await _loops.CancelAsync();
        await _others;
    }

    public void Dispose()
    {
        _consuming.Dispose();
        _loops.Dispose();
    }

    /// <summary>One turn of receiving: a deaf consumer is ended and begun again, under the same incarnation.</summary>
    private async Task ConsumeAsync(NodeIncarnation self, BusReceiver receiver, CancellationToken cancellationToken)
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_gate)
        {
            _turn = turn;
        }

        try
        {
            await bus.ConsumeAsync(self, receiver, turn.Token);
        }
        finally
        {
            lock (_gate)
            {
                _turn = null;
            }
        }
    }

    private void RequestCatchUp()
    {
        catchUp.Request();
        roomCatchUp.Request();
        watches.Request();
    }

    private void OnProbeMissed(bool deaf)
    {
        RequestCatchUp();
        if (deaf)
        {
            lock (_gate)
            {
                _turn?.Cancel();
            }
        }
    }

    /// <summary>Each loop looks after the failures that it expects. Whatever else ends it must not leave the node half alive without a word.</summary>
    private async Task UntilCancelledAsync(
        Func<CancellationToken, Task> loop, CancellationToken cancellationToken, [CallerArgumentExpression(nameof(loop))] string name = "")
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await loop(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The usual end.
            }
            catch (Exception exception)
            {
                LogLoopFailed(exception, name);
                await Task.Delay(RestartDelay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(7040, LogLevel.Error, "The loop {Loop} has failed and is begun again")]
    private partial void LogLoopFailed(Exception exception, string loop);
}
