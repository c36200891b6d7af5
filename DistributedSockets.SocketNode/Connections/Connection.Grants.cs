// What a connection's user may do, and until when.
using DistributedSockets.Protocol;
using DistributedSockets.SocketNode.Auth;

namespace DistributedSockets.SocketNode.Connections;

internal sealed partial class Connection
{
    private volatile Grants _grants = Grants.Anonymous;

    /// <summary>What the user may do. A new token replaces it; whoever asks twice may get two answers.</summary>
    public Grants Grants
    {
        get => _grants;
        set => _grants = value;
    }

    /// <summary>As late as a token is let in: whoever has just come through must not be sent away at once.</summary>
    private bool IsExpired =>
        _grants.Expires < long.MaxValue && _grants.Expires <= (_services.Time.GetUtcNow() - _services.Options.Value.Auth.ClockSkew).ToUnixTimeMilliseconds();

    private void CloseWhenExpired()
    {
        if (IsExpired)
        {
            Close(CloseReason.TokenExpired);
        }
    }
}
