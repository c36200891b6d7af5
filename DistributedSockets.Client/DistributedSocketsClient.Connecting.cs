// The life of the client: one connection after the other.
using System.Diagnostics;
using System.Text.Json;
using DistributedSockets.Client.Connecting;
using DistributedSockets.Client.Receiving;
using DistributedSockets.Client.Sending;
using DistributedSockets.Client.Storing;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    private string? _resume;
    private Task? _restoring;

    private TimeProvider Time => _options.TimeProvider;

    private async Task RunAsync()
    {
        CloseInfo? end = null;
        try
        {
            await RestoreAsync().ConfigureAwait(false);
            end = await StayConnectedAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Closed by the application while there was no connection.
        }
        catch (Exception exception)
        {
            _options.Logger.LogStoreFailed(exception);
            end = new CloseInfo(0, $"the client's store could not be read: {exception.Message}") { IsFinal = true };
        }

        await FinishAsync(end).ConfigureAwait(false);
    }

    /// <returns>Why there will be no further connection.</returns>
    private async Task<CloseInfo> StayConnectedAsync()
    {
        var nodes = new NodeList(_options);
        var backoff = new Backoff(_options);
        while (true)
        {
            CloseInfo end;
            TimeSpan? lived = null;
            try
            {
                await using var link = await OpenAsync(nodes).ConfigureAwait(false);
                var since = Time.GetTimestamp();
                end = await RunAsync(link, nodes).ConfigureAwait(false);
                lived = Time.GetElapsedTime(since);
            }
            catch (LinkException exception)
            {
                end = exception.Info;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !_closing.IsCancellationRequested)
            {
                // One of the application's providers has failed; it may do better next time.
                end = CloseInfo.Cut(exception.Message);
            }

            if (end.IsFinal)
            {
                return end;
            }

            _closing.Token.ThrowIfCancellationRequested();
            var pause = backoff.Next(end, lived);
            _options.Logger.LogRecovering(end.Reason, end.Code, pause);
            Change(_connected.Task.IsCompleted ? ClientState.Recovering : ClientState.Connecting, end);
            await Task.Delay(pause, Time, _closing.Token).ConfigureAwait(false);
        }
    }

    /// <summary>What the store has comes before anything new; whoever needs it first loads it.</summary>
    private Task RestoreAsync()
    {
        lock (_gate)
        {
            return _restoring ??= _options.Store is { } store ? LoadAsync(store) : Task.CompletedTask;
        }
    }

    private async Task LoadAsync(IClientStore store)
    {
        // Somebody else's code, and called under a lock: it runs beside it.
        await Task.Yield();
        var stored = await store.LoadAsync(CancellationToken.None).ConfigureAwait(false);
        await _outbox.RestoreAsync(stored.Messages).ConfigureAwait(false);
        if (stored.Place is { } place && (Device is null || Device == place.Device))
        {
            (Device, _resume) = (place.Device, place.Resume);
            _places.Inbox.Restore(new Mark(place.Epoch, place.Seq, place.Mid));
        }
    }

    private async Task<Link> OpenAsync(NodeList nodes)
    {
        var node = await nodes.NextAsync(_closing.Token).ConfigureAwait(false);
        using var activity = ClientTelemetry.Source.StartActivity("connect", ActivityKind.Client);
        activity?.SetTag("server.address", node.Host).SetTag("server.port", node.Port);
        try
        {
            var token = _options.TokenProvider is { } provider ? await provider(_closing.Token).ConfigureAwait(false) : null;
            return await Link.OpenAsync(node, _options, WriteHello(token), _closing.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            throw;
        }
    }

    private byte[] WriteHello(string? token) => FrameWriter.Write("hello", writer =>
    {
        writer.WriteIfAny("device", Device);
        writer.WriteIfAny("resume", _resume);
        writer.WriteIfAny("token", token);
        if (_places.Inbox.Mark is { Epoch: { } epoch, Done: > 0 } mark)
        {
            writer.WriteNumber("ack", mark.Done);
            writer.WriteString("epoch", epoch);
            writer.WriteIfAny("mid", mark.Mid);
        }

        writer.WriteStartObject("client");
        writer.WriteString("name", _options.Name);
        writer.WriteString("version", typeof(DistributedSocketsClient).Assembly.GetName().Version?.ToString(3));
        writer.WriteEndObject();
    });

    private async Task<CloseInfo> RunAsync(Link link, NodeList nodes)
    {
        var welcome = link.Welcome;
        (User, Device, Node) = (welcome.Text("user"), welcome.Text("device"), welcome.Text("node"));
        _resume = welcome.Text("resume");
        _limit.Learn(welcome);
        _isBehind = false;
        BeginInbox(welcome);
        BeginRooms(welcome);
        _commands.Begin(welcome.Field("limits", JsonValueKind.Object)?.Number("sendPerSecond") ?? 0);
        Volatile.Write(ref _link, link);
        using var renewing = new CancellationTokenSource();
        var renewal = RenewAsync(welcome.TimeOrNull("expires"), renewing.Token);
        try
        {
            _options.Logger.LogConnected(link.Node, User ?? "", Device ?? "");
            Change(ClientState.Connected, null);
            _connected.TrySetResult();
            WatchAgain();
            await using var leaving = _closing.Token.Register(() => link.Leave(_goodbye, CloseInfo.ByApplication)).ConfigureAwait(false);
            return await link.RunAsync(_commands, (push, cut) => TakeAsync(push, link, nodes, cut)).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _link, null);
            await renewing.CancelAsync().ConfigureAwait(false);
            await renewal.ConfigureAwait(false);
        }
    }

    /// <summary>The token is renewed on the open connection, in time.</summary>
    private async Task RenewAsync(DateTimeOffset? expires, CancellationToken cancellationToken)
    {
        var pauses = new RenewalPauses();
        while (expires is { } end && _options.TokenProvider is { } provider)
        {
            try
            {
                await Task.Delay(pauses.Next(end - Time.GetUtcNow()), Time, cancellationToken).ConfigureAwait(false);
                var token = await provider(cancellationToken).ConfigureAwait(false);
                var answer = await _requests.AskAsync("auth", writer => writer.WriteString("token", token), cancellationToken).ConfigureAwait(false);
                expires = answer[0].TimeOrNull("expires");
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Tried again until the node closes the connection at the end of the token, after which the next hello brings one.
                _options.Logger.LogTokenNotRenewed(exception);
            }
        }
    }

    private async Task FinishAsync(CloseInfo? end)
    {
        var isOwn = end is null or { Code: 1000 };
        var reason = ClientException.Ended(isOwn ? null : end);
        if (!isOwn)
        {
            _options.Logger.LogClosed(end!.Reason, end.Code);
        }

        _end = reason;
        _outbox.End(reason);
        _requests.End(reason);
        _deliveries.End();
        EndMessages(isOwn ? null : reason);
        Change(ClientState.Closed, end);
        _connected.TrySetException(reason);
        _ = _connected.Task.Exception;
        if (_keeper is not null)
        {
            await _outbox.FlushAsync().ConfigureAwait(false);
            await _keeper.FlushAsync().ConfigureAwait(false);
        }
    }

    private void Change(ClientState state, CloseInfo? reason)
    {
        State = state;
        Raise(StateChanged, new StateChange(state, reason));
    }

    private void OnInboxMoved()
    {
        Save();
        Wake();
    }

    private void Save()
    {
        if (_keeper is not null && Device is { } device)
        {
            var mark = _places.Inbox.Mark;
            _keeper.Save(new StoredPlace(device, _resume, mark.Epoch, mark.Done, mark.Mid));
        }
    }
}
