// A ds.v1 connection: upgraded, greeted, and only then entered into the registry.
using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;

namespace DistributedSockets.SocketNode.Connections;

internal sealed partial class SocketEndpoint
{
    private const int ResumeTokenBytes = 32;

    /// <summary>Cancelled when the node is going: who has not said hello by then need not any more.</summary>
    private CancellationTokenSource _leaving = new();

    /// <summary>Ends the connections that have not said hello yet: they are not in the table, and a stop would wait for them.</summary>
    public void EndGreetings()
    {
        // Not disposed: somebody may have it in hand and ask for its token.
        Interlocked.Exchange(ref _leaving, new CancellationTokenSource()).Cancel();
    }

    public void Dispose() => _leaving.Dispose();

    private async Task GreetAsync(SocketRequest request, UserId? named, Identity? identity, IPAddress? address, string subprotocol, CancellationToken leaving)
    {
        var socket = await request.AcceptAsync(subprotocol, services.Limits.FrameBytes);
        var greeting = await Greeting.ReadAsync(socket, services.Limits.HelloTimeout, services.Time, leaving);
        if (greeting.Hello is { } hello)
        {
            await AdmitAsync(socket, hello, greeting.Rest, named, identity, address);
        }
        else if (greeting.Refusal is { } refusal)
        {
            LogNoHello(identity?.User ?? named, greeting.Problem?.Reason ?? refusal.Text);
            await RefuseAsync(socket, refusal, greeting.Problem is { } problem ? new Push.Error(problem.Code, problem.Reason, problem.Id) : null, waits: !greeting.IsAwaited);
        }
        else if (greeting.Goodbye is { } code)
        {
            await socket.CloseAsync(code, "");
        }
    }

    private async Task AdmitAsync(ClientSocket socket, HelloFrame hello, ReadOnlyMemory<byte> rest, UserId? named, Identity? identity, IPAddress? address)
    {
        // Not while the hello was waited for: who says nothing must not keep others out.
        using var place = admission.TryEnter(out var noRoom);
        if (place is null)
        {
            services.Metrics.LimitReached(noRoom.Limit);
            LogNoHello(identity?.User ?? named, noRoom.Limit);
            await RefuseAsync(socket, CloseReason.NoRoom, Push.Error.RateLimited(noRoom, id: null));
            return;
        }

        var verdict = await authenticator.IdentifyAsync(hello, named, identity, CancellationToken.None);
        if (!verdict.IsGood(out var who))
        {
            LogNoHello(named, verdict.Reason);
            await RefuseAsync(socket, verdict.CloseReason, new Push.Error(verdict.Code, verdict.Reason, null));
        }
        else if (identity is null && rates.Connect(who.User) is { } tooMany)
        {
            LogNoHello(who.User, tooMany.Limit);
            await RefuseAsync(socket, CloseReason.TooFast, Push.Error.RateLimited(tooMany, id: null));
        }
        else
        {
            var session = NewSession(who.User, new DeviceId(hello.Device ?? Guid.NewGuid().ToString("N")));
            await TryOpenAsync(socket, place, hello, rest, session, who.Grants, address);
        }
    }

    /// <summary>A close frame has room for a short sentence only: what is wrong with the hello is said before it.</summary>
    private Task RefuseAsync(ClientSocket socket, CloseReason refusal, Push.Error? error, bool waits = true)
    {
        var frame = new ArrayBufferWriter<byte>();
        if (error is not null)
        {
            json.Write(frame, error, redelivered: false);
        }

        return CloseAsync(socket, json, refusal, frame.WrittenMemory, waits);
    }

    private async Task TryOpenAsync(
        ClientSocket socket, Admission.Place place, HelloFrame hello, ReadOnlyMemory<byte> rest, Session session, Grants grants, IPAddress? address)
    {
        try
        {
            await OpenAsync(socket, place, hello, rest, session, grants, address);
        }
        catch (RegistryUnavailableException exception)
        {
            LogNotOpened(exception, session.User);
            await CloseAsync(socket, json, CloseReason.BackendUnavailable);
        }
    }

    private async Task OpenAsync(
        ClientSocket socket, Admission.Place place, HelloFrame hello, ReadOnlyMemory<byte> rest, Session session, Grants grants, IPAddress? address)
    {
        var unheard = sessions.Unheard;
        if (!status.Admits)
        {
            await CloseAsync(socket, json, status.Phase == NodePhase.CutOff ? CloseReason.BackendUnavailable : CloseReason.Drain);
            return;
        }

        if (await sessions.TryOpenAsync(session, services.Limits.ConnectionsPerUser, CancellationToken.None) is not { } elsewhere)
        {
            LogTooMany(session.User, services.Limits.ConnectionsPerUser);
            await CloseAsync(socket, json, CloseReason.TooManyConnections);
            return;
        }

        var leaves = false;
        try
        {
            using var connection = new Connection(session, socket, json, services) { Grants = grants, Rates = rates.For(session.User, address) };
            await RunAsync(connection, place, elsewhere, unheard, () => BeginAsync(connection, hello, rest, grants));
            leaves = connection.HasLeft;
        }
        finally
        {
            await sessions.CloseAsync(session, leaves);
        }
    }

    /// <summary>Null when the connection is closing, perhaps since the inbox does not answer.</summary>
    private async Task<Opening?> TryBeginAsync(Connection connection, Func<Task<Opening>> openingAsync)
    {
        try
        {
            return connection.IsClosing ? null : await openingAsync();
        }
        catch (Exception exception) when (exception is InboxUnavailableException or RoomsUnavailableException)
        {
            LogNotOpened(exception, connection.User);
            connection.Close(CloseReason.BackendUnavailable);
            return null;
        }
    }

    /// <summary>After the session was opened: what is stored from here on is hinted to the connection, what was stored before is read.</summary>
    private async Task<Opening> BeginAsync(Connection connection, HelloFrame hello, ReadOnlyMemory<byte> rest, Grants grants)
    {
        var session = connection.Session;
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(ResumeTokenBytes));
        var claim = new ResumeClaim(hello.Resume, token, hello.Epoch, hello.Ack, hello.Mid);
        var everyone = await services.Rooms.Everyone.ReadEndAsync();
        var beginning = services.Inbox.BeginAsync(session.User, session.Device, claim, CancellationToken.None);

        // Behind the device's place in the inbox on the way to the store, without waiting for its answer.
        var places = await services.Rooms.Membership.BeginAsync(session.User, session.Device, everyone, CancellationToken.None);
        var start = await beginning;
        var rooms = await connection.Rooms.PrepareAsync(places, everyone);
        var limits = services.Limits;
        var welcome = new WelcomeFrame(
            session.User.Value, session.Device.Value, session.Connection.Value, token, session.Node.Node.Value, start.Epoch, start.Seq, start.Reason is null,
            start.Reason?.ToString().ToLowerInvariant(), start.Gap, (long)limits.PingInterval.TotalMilliseconds, limits.FrameBytes, rates.MessagesPerSecond)
        {
            Rooms = rooms.Count,
            Expires = grants.Expires == long.MaxValue ? null : grants.Expires,
        };

        // An acknowledgement in another life of the inbox says nothing in this one.
        var isCurrent = start.Reason != ResumeFailure.Epoch && hello.Epoch == start.Epoch;
        var acknowledged = isCurrent ? Math.Min(hello.Ack ?? 0, start.Seq) : 0;
        return new Opening(welcome, start, acknowledged, acknowledged == start.After && hello.Mid is { } last ? new MessageId(last) : null, rooms, rest);
    }

    [LoggerMessage(1015, LogLevel.Information, "User {UserId} was not greeted: {Reason}")]
    private partial void LogNoHello(UserId? userId, string reason);
}
