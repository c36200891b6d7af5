// GET /ws and GET /sse: who, may they, upgrade, and the connection's life as a plain or a ds.v1 one (SocketEndpoint.Hello.cs).
using System.Globalization;
using System.Net;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>A connection's life, from the request to the last trace of it.</summary>
internal sealed partial class SocketEndpoint(
    ConnectionTable table, SessionKeeper sessions, PlainProfile plain, JsonProfile json, ConnectionServices services, NodeStatus status, UpgradeRules rules, Authenticator authenticator,
    ClientAddresses addresses, RateLimits rates, Admission admission, ILogger<SocketEndpoint> logger) : IDisposable
{
    private readonly Lock _gate = new();
    private int _live;
    private TaskCompletionSource? _idle;

    public async Task HandleAsync(SocketRequest request)
    {
        // Before it is asked whether the node admits anybody: who comes through must hear that it is going.
        var leaving = _leaving.Token;
        if (request.WhyRefused(rules, out var named, out var subprotocol) is { } refusal)
        {
            await RefuseAsync(request.Context, refusal);
            return;
        }

        // Before the token is looked at, which costs more than anything so far.
        var address = addresses.Of(request.Context);
        if (rates.Connect(address) is { } tooMany)
        {
            await RefuseAsync(request.Context, UpgradeRules.TooMany(tooMany));
            return;
        }

        Enter();
        try
        {
            var verdict = await authenticator.IdentifyAsync(request.Context, named, request.Context.RequestAborted);
            if (!verdict.IsGood(out var identity) && (subprotocol is null || verdict.Fault != TokenFault.Missing))
            {
                LogUnidentified(verdict.Reason);
                await RefuseAsync(request.Context, UpgradeRules.Unidentified(verdict));
                return;
            }

            if (identity is not null && rates.Connect(identity.User) is { } tooOften)
            {
                await RefuseAsync(request.Context, UpgradeRules.TooMany(tooOften));
                return;
            }

            // Without a token so far, the hello of a ds.v1 connection has to bring it.
            await (subprotocol is null ? OpenPlainAsync(request, identity!, address) : GreetAsync(request, named, identity, address, subprotocol, leaving));
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Completes when no connection is left and each has been closed in the registry.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            return _live == 0
                ? Task.CompletedTask
                : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private Session NewSession(UserId user, DeviceId device) => new(user, device, status.Self, ConnectionId.New(), services.Time.GetUtcNow().ToUnixTimeMilliseconds());

    private async Task OpenPlainAsync(SocketRequest request, Identity identity, IPAddress? address)
    {
        using var place = admission.TryEnter(out var excess);
        if (place is null)
        {
            LogNoRoom(identity.User, excess.Limit);
            services.Metrics.LimitReached(excess.Limit);
            await CloseAsync(await request.AcceptAsync(subprotocol: null, services.Limits.FrameBytes), plain, CloseReason.NoRoom);
            return;
        }

        var session = NewSession(identity.User, DeviceId.Plain);
        IReadOnlyList<NodeIncarnation>? elsewhere;
        var unheard = sessions.Unheard;
        try
        {
            // Before the upgrade: from the moment that the client sees itself connected, everybody can find it.
            elsewhere = await sessions.TryOpenAsync(session, services.Limits.ConnectionsPerUser, request.Context.RequestAborted);
        }
        catch (RegistryUnavailableException exception)
        {
            LogNotOpened(exception, session.User);
            await RefuseAsync(request.Context, UpgradeRules.Unavailable("Redis does not answer; try again later"));
            return;
        }

        try
        {
            var socket = await request.AcceptAsync(subprotocol: null, services.Limits.FrameBytes);
            if (elsewhere is null)
            {
                LogTooMany(session.User, services.Limits.ConnectionsPerUser);
                await CloseAsync(socket, plain, CloseReason.TooManyConnections);
                return;
            }

            using var connection = new Connection(session, socket, plain, services) { Grants = identity.Grants, Rates = rates.For(session.User, address) };
            await RunAsync(connection, place, elsewhere, unheard, openingAsync: null);
        }
        finally
        {
            if (elsewhere is not null)
            {
                await sessions.CloseAsync(session, leaves: false);
            }
        }
    }

    /// <summary>Runs the connection to its end.</summary>
    /// <param name="openingAsync">What a ds.v1 connection starts with, once everybody can find it; null for a plain one.</param>
    private async Task RunAsync(Connection connection, Admission.Place place, IReadOnlyList<NodeIncarnation> elsewhere, int unheard, Func<Task<Opening>>? openingAsync)
    {
        var session = connection.Session;
        table.Add(connection, elsewhere);
        LogOpened(session.User, session.Device, session.Connection, session.Node);
        try
        {
            if (!status.Admits)
            {
                // Fenced or stopped while the session was being opened: the sweep over the table may have missed it.
                connection.Close(status.Phase == NodePhase.Fenced ? CloseReason.LeaseLost : CloseReason.Drain);
            }

            if (sessions.Unheard != unheard)
            {
                await LookAgainAsync(session.User);
            }

            var verdict = await authenticator.LookUpAgainAsync(new Identity(session.User, connection.Grants), CancellationToken.None);
            if (verdict.Fault != TokenFault.None)
            {
                connection.Close(verdict.CloseReason);
            }

            var opening = openingAsync is null ? null : await TryBeginAsync(connection, openingAsync);
            place.Opened();
            await connection.RunAsync(opening);
        }
        finally
        {
            table.Remove(connection);
            LogClosed(session.User, session.Connection, session.Node);
        }
    }

    /// <summary>The user may have opened another session elsewhere while this one was on its way into the table.</summary>
    private async Task LookAgainAsync(UserId user)
    {
        try
        {
            await sessions.RefreshAsync([user], CancellationToken.None);
        }
        catch (RegistryUnavailableException exception)
        {
            // The catch-up looks everybody up when Redis is back.
            LogNotLookedUp(exception, user);
        }
    }

    private async Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        services.Metrics.RefusedUpgrades.Add(1, new KeyValuePair<string, object?>("http.response.status_code", refusal.Status));
        context.Response.StatusCode = refusal.Status;
        if (refusal.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (refusal.Challenge is { } challenge)
        {
            context.Response.Headers.WWWAuthenticate = challenge;
        }

        await context.Response.WriteAsJsonAsync(new RefusalBody(refusal.Error), RefusalJson.Default.RefusalBody, cancellationToken: context.RequestAborted);
    }

    private Task CloseAsync(ClientSocket socket, Profile profile, CloseReason reason) => CloseAsync(socket, profile, reason, last: default, waits: true);

    private Task CloseAsync(ClientSocket socket, Profile profile, CloseReason reason, ReadOnlyMemory<byte> last, bool waits)
    {
        if (LimitNames.Of(reason) is { } limit)
        {
            services.Metrics.LimitReached(limit);
        }

        return EndAsync(socket, profile.CloseCode(reason), reason.Text, last, waits);
    }

    /// <summary>Says why the socket is closed, before it has become a connection. A client that does not take that in time is cut off.</summary>
    /// <param name="waits">Whether the client's part of the ending is waited for. Not if somebody reads already.</param>
    private async Task EndAsync(ClientSocket socket, int code, string text, ReadOnlyMemory<byte> last, bool waits)
    {
        var ending = EndAsync();
        await ending.WaitAsync(Connection.CloseTimeout, services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!ending.IsCompleted)
        {
            socket.Abort();
        }

        await ending;

        async Task EndAsync()
        {
            await socket.CloseAsync(code, text, last);
            if (waits)
            {
                await socket.WhenLeftAsync();
            }
        }
    }

    private void Enter()
    {
        lock (_gate)
        {
            _live++;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_live == 0)
            {
                _idle?.SetResult();
                _idle = null;
            }
        }
    }

    [LoggerMessage(1010, LogLevel.Debug, "User {UserId} connected on device {DeviceId}: {ConnectionId} on {Node}")]
    private partial void LogOpened(UserId userId, DeviceId deviceId, ConnectionId connectionId, NodeIncarnation node);

    [LoggerMessage(1011, LogLevel.Debug, "User {UserId} disconnected: {ConnectionId} on {Node}")]
    private partial void LogClosed(UserId userId, ConnectionId connectionId, NodeIncarnation node);

    [LoggerMessage(1012, LogLevel.Information, "User {UserId} refused: {Limit} connections are the limit")]
    private partial void LogTooMany(UserId userId, int limit);

    [LoggerMessage(1017, LogLevel.Warning, "User {UserId} was sent away: {Limit} is reached")]
    private partial void LogNoRoom(UserId userId, string limit);

    [LoggerMessage(1013, LogLevel.Warning, "User {UserId} could not be connected: Redis does not answer")]
    private partial void LogNotOpened(Exception exception, UserId userId);

    [LoggerMessage(1016, LogLevel.Information, "A request was refused: {Reason}")]
    private partial void LogUnidentified(string reason);

    [LoggerMessage(1014, LogLevel.Debug, "Where else user {UserId} is could not be looked up: Redis does not answer")]
    private partial void LogNotLookedUp(Exception exception, UserId userId);
}
