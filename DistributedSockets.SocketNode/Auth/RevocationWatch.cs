// Closes the connections whose tokens are revoked.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>
/// Closes this node's connections whose tokens are revoked, wherever that was asked for. Every node reads the log by itself: an outage of the broker hides nothing, and who is
/// revoked is gone within a second. A connection asks for itself once it is in the table: what is revoked later is found by the log, there.
/// </summary>
internal sealed class RevocationWatch(IRevocations revocations, ConnectionTable table, TimeProvider time) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(300);

    /// <summary>Before the log was read for the first time, and after the store was away: it may be another log by now.</summary>
    private const long Nothing = -1;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var after = Nothing;
        do
        {
            try
            {
                after = await LookAsync(after, stoppingToken);
            }
            catch (AuthStoreUnavailableException)
            {
                // The lease's loop says so, louder.
                after = Nothing;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private async Task<long> LookAsync(long after, CancellationToken cancellationToken)
    {
        var page = await revocations.ReadAsync(after, cancellationToken);
        if (!page.IsComplete)
        {
            await LookEverybodyUpAsync(cancellationToken);
        }

        foreach (var user in page.Revocations.OfType<Revocation.OfUser>())
        {
            Close(table.Find(user.User)?.Connections.Where(connection => user.Covers(connection.Grants)) ?? []);
        }

        var tokens = page.Revocations.OfType<Revocation.OfToken>().Select(token => token.TokenId).ToHashSet();
        if (tokens.Count > 0)
        {
            Close(table.Snapshot().Where(connection => connection.Grants.TokenId is { } id && tokens.Contains(id)));
        }

        return page.End;
    }

    private async Task LookEverybodyUpAsync(CancellationToken cancellationToken)
    {
        var everybody = table.Snapshot();
        if (everybody.Count == 0)
        {
            return;
        }

        var revoked = await revocations.AreRevokedAsync([.. everybody.Select(connection => new Identity(connection.User, connection.Grants))], cancellationToken);
        Close(everybody.Where((_, index) => revoked[index]));
    }

    private static void Close(IEnumerable<Connection> connections)
    {
        foreach (var connection in connections)
        {
            connection.Close(CloseReason.Revoked);
        }
    }
}
