// Revocations of nodes that live in one process.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Auth;

/// <summary>Revocations of nodes that live in one process, all of which share one instance.</summary>
internal sealed class InMemoryRevocations(TimeProvider time) : IRevocations
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UserId, long> _users = [];
    private readonly Dictionary<string, long> _tokens = [];
    private readonly Queue<Revocation> _log = new();
    private long _end;

    public Task RevokeAsync(Revocation revocation, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Forget();
            switch (revocation)
            {
                case Revocation.OfUser user:
                    _users[user.User] = Math.Max(user.Before, _users.GetValueOrDefault(user.User));
                    break;
                case Revocation.OfToken token:
                    _tokens[token.TokenId] = Math.Max(token.Expires, _tokens.GetValueOrDefault(token.TokenId));
                    break;
            }

            _end++;
            _log.Enqueue(revocation);
            if (_log.Count > IRevocations.LogLength)
            {
                _log.Dequeue();
            }
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<bool>> AreRevokedAsync(IReadOnlyList<Identity> identities, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<bool>>([.. identities.Select(IsRevoked)]);
        }
    }

    public Task<RevocationPage> ReadAsync(long after, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var isComplete = after >= _end - _log.Count && after <= _end;
            return Task.FromResult(new RevocationPage(_end, isComplete ? [.. _log.Skip((int)(after - (_end - _log.Count)))] : [], isComplete));
        }
    }

    private bool IsRevoked(Identity identity) =>
        (identity.Grants.TokenId is { } id && _tokens.ContainsKey(id)) || identity.Grants.IssuedAt < _users.GetValueOrDefault(identity.User);

    private void Forget()
    {
        var past = (time.GetUtcNow() - IRevocations.Margin).ToUnixTimeMilliseconds();
        foreach (var (token, _) in _tokens.Where(token => token.Value < past).ToList())
        {
            _tokens.Remove(token);
        }
    }
}
