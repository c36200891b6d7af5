// The frame auth: a new token on a connection that goes on.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>Takes the new token of a connection that goes on. A token that is not taken changes nothing: the old one still counts.</summary>
internal sealed class TokenRenewal(Authenticator authenticator)
{
    /// <param name="id">What the answer repeats, if anything.</param>
    public async Task RenewAsync(Connection connection, string token, string? id, CancellationToken cancellationToken)
    {
        if (!authenticator.UsesTokens)
        {
            connection.Send(new Push.Error(ErrorCode.BadFrame, "there are no tokens to renew: this node runs in anonymous mode", id));
            return;
        }

        var verdict = await authenticator.VerifyAsync(token, connection.User, cancellationToken);
        if (!verdict.IsGood(out var identity))
        {
            connection.Send(new Push.Error(verdict.Code, verdict.Reason, id, verdict.Code.IsTemporary() ? Push.RetryAfter : null));
            if (verdict.Fault == TokenFault.Revoked)
            {
                connection.Close(verdict.CloseReason);
            }

            return;
        }

        connection.Grants = identity.Grants;
        if ((await authenticator.LookUpAgainAsync(identity, cancellationToken)).Fault is TokenFault.Revoked)
        {
            // Revoked while it was on its way: the log may have been read before the connection had it.
            connection.Close(CloseReason.Revoked);
            return;
        }

        await connection.Rooms.RefreshAsync();
        connection.Send(new Push.Renewed(identity.User, identity.Grants.Expires, id));
    }
}
