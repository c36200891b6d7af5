// The life of the client: one connection after the other.
using DistributedSockets.Client.Connecting;
using DistributedSockets.Client.Sending;
using DistributedSockets.Client.Storing;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    /// <summary>Of what is left of a token's time it is renewed after this part.</summary>
    private const double RenewAfter = 0.8;

    private static readonly TimeSpan ShortestRenewal = TimeSpan.FromSeconds(1);

    private string? _resume;
    private Task? _restoring;
    private volatile bool _isClosing;

    private TimeProvider Time => _options.TimeProvider;

    private async Task RunAsync()
    {
        var nodes = new NodeList(_options);
        var backoff = new Backoff(_options);
        CloseInfo? end = null;
        try
        {
            await RestoreAsync().ConfigureAwait(false);
            while (!_isClosing)
            {
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
                catch (Exception exception) when (exception is not OperationCanceledException || !_ending.IsCancellationRequested)
                {
                    // One of the application's providers has failed; it may do better next time.
                    end = CloseInfo.Cut(exception.Message);
                }

                if (end.IsFinal)
                {
                    break;
                }

                var pause = backoff.Next(end, lived);
                _options.Logger.LogRecovering(end.Reason, end.Code, pause);
                Change(_connected.Task.IsCompleted ? ClientState.Recovering : ClientState.Connecting, end);
                await Task.Delay(pause, Time, _ending.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Closed by the application while there was no connection.
            end = null;
        }
        finally
        {
            Finish(end);
            if (_keeper is not null)
            {
                await _keeper.FlushAsync().ConfigureAwait(false);
            }
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
        var stored = await store.LoadAsync(_ending.Token).ConfigureAwait(false);
        _outbox.Restore(stored.Messages);
        if (stored.Place is { } place && (Device is null || Device == place.Device))
        {
            (Device, _resume) = (place.Device, place.Resume);
            _places.Inbox.Restore(place.Epoch, place.Seq, place.Mid);
        }
    }

    private async Task<Link> OpenAsync(NodeList nodes)
    {
        var node = await nodes.NextAsync(_ending.Token).ConfigureAwait(false);
        using var activity = ClientTelemetry.Source.StartActivity("connect");
        activity?.SetTag("server.address", node.Host).SetTag("server.port", node.Port);
        var token = _options.TokenProvider is { } provider ? await provider(_ending.Token).ConfigureAwait(false) : null;
        return await Link.OpenAsync(node, _options, WriteHello(token), _ending.Token).ConfigureAwait(false);
    }

    private byte[] WriteHello(string? token) => FrameWriter.Write("hello", writer =>
    {
        var inbox = _places.Inbox;
        writer.WriteIfAny("device", Device);
        writer.WriteIfAny("resume", _resume);
        writer.WriteIfAny("token", token);
        if (inbox is { Epoch: { } epoch, Done: > 0 })
        {
            writer.WriteNumber("ack", inbox.Done);
            writer.WriteString("epoch", epoch);
            writer.WriteIfAny("mid", inbox.DoneMid);
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
        var limits = welcome.TryGetProperty("limits", out var told) ? told : default;
        _frameBytes = limits.ValueKind == System.Text.Json.JsonValueKind.Object ? limits.Number("frameBytes") ?? _frameBytes : _frameBytes;
        BeginInbox(welcome);
        _commands.Begin(limits.ValueKind == System.Text.Json.JsonValueKind.Object ? limits.Number("sendPerSecond") ?? 0 : 0);
        Volatile.Write(ref _link, link);
        try
        {
            _options.Logger.LogConnected(link.Node, User ?? "", Device ?? "");
            _connected.TrySetResult();
            Change(ClientState.Connected, null);
            if (_ending.IsCancellationRequested || _isClosing)
            {
                link.Leave(null, new CloseInfo(1000, "closed by the application") { IsFinal = true });
            }

            link.Wake();
            using var renewing = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            var renewal = RenewAsync(welcome.TimeOrNull("expires"), renewing.Token);
            WatchAgain();
            var end = await link.RunAsync(_commands, push => TakeAsync(push, link, nodes), _ending.Token).ConfigureAwait(false);
            await renewing.CancelAsync().ConfigureAwait(false);
            await renewal.ConfigureAwait(false);
            return end;
        }
        finally
        {
            Volatile.Write(ref _link, null);
        }
    }

    /// <summary>The token is renewed on the open connection, in time.</summary>
    private async Task RenewAsync(DateTimeOffset? expires, CancellationToken cancellationToken)
    {
        while (expires is { } end && _options.TokenProvider is { } provider)
        {
            try
            {
                var left = (end - Time.GetUtcNow()) * RenewAfter;
                await Task.Delay(left > ShortestRenewal ? left : ShortestRenewal, Time, cancellationToken).ConfigureAwait(false);
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
                _options.Logger.LogRefused("auth", exception.Message);
            }
        }
    }

    private void Finish(CloseInfo? end)
    {
        var reason = ClientException.Ended(end is { Code: 1000 } ? null : end);
        if (end is { Code: not 1000 })
        {
            _options.Logger.LogClosed(end.Reason, end.Code);
        }

        _outbox.End(reason);
        _requests.End(reason);
        _deliveries.End();
        _messages.Writer.TryComplete(end is { Code: not 1000 } ? reason : null);
        _connected.TrySetException(reason);
        _ = _connected.Task.Exception;
        Change(ClientState.Closed, end);
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
        var inbox = _places.Inbox;
        if (_keeper is not null && Device is not null)
        {
            _keeper.Save(new StoredPlace(Device, _resume, inbox.Epoch, inbox.Done, inbox.DoneMid));
        }
    }
}
