// The rates of a node, and what is left of them.
using System.Net;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Limits;

/// <summary>The rates of a node. It counts by itself: nobody asks the other nodes or Redis.</summary>
internal sealed class RateLimits
{
    private readonly NodeMetrics _metrics;
    private readonly Rate? _messages;
    private readonly Rate? _commands;
    private readonly Buckets<UserId> _userMessages;
    private readonly Buckets<IPAddress> _addressMessages;
    private readonly Buckets<UserId> _userConnects;
    private readonly Buckets<IPAddress> _addressConnects;
    private readonly Buckets<string> _api;

    public RateLimits(IOptions<SocketNodeOptions> options, Authenticator authenticator, NodeMetrics metrics, TimeProvider time)
    {
        _metrics = metrics;
        var limits = options.Value.Limits;
        _messages = ByMode(LimitNames.MessagesPerSecond, limits.MessagesPerSecond, 50, limits.MessagesBurst);
        _commands = Rate(LimitNames.CommandsPerSecond, limits.CommandsPerSecond, limits.CommandsBurst);
        _userMessages = new(ByMode(LimitNames.UserMessagesPerSecond, limits.UserMessagesPerSecond, 200, limits.UserMessagesBurst));
        _addressMessages = new(Rate(LimitNames.AddressMessagesPerSecond, limits.AddressMessagesPerSecond, limits.AddressMessagesBurst));
        _userConnects = new(ByMode(LimitNames.UserConnectsPerSecond, limits.UserConnectsPerSecond, 2, limits.UserConnectsBurst));
        _addressConnects = new(ByMode(LimitNames.AddressConnectsPerSecond, limits.AddressConnectsPerSecond, 20, limits.AddressConnectsBurst));
        _api = new(ByMode(LimitNames.ApiPerSecond, limits.ApiPerSecond, 500, limits.ApiBurst));

        // Without tokens anybody is any user, on one's own machine as a rule: there is nobody to keep within bounds unless somebody says so.
        Rate? ByMode(string limit, int? perSecond, int withTokens, int burst) => Rate(limit, perSecond ?? (authenticator.UsesTokens ? withTokens : 0), burst);

        Rate? Rate(string limit, int perSecond, int burst) => perSecond == 0 ? null : new Rate(limit, perSecond, burst, time);
    }

    /// <summary>Messages a second that a connection may send; 0 for any number.</summary>
    public int MessagesPerSecond => _messages?.PerSecond ?? 0;

    /// <summary>What a new connection may send.</summary>
    public ConnectionRates For(UserId user, IPAddress? address)
    {
        SharedBucket?[] messages = [_messages is null ? null : new SharedBucket(_messages), _userMessages.Hold(user), address is null ? null : _addressMessages.Hold(address)];
        return new ConnectionRates([.. messages.OfType<SharedBucket>()], _commands is null ? null : new SharedBucket(_commands), _metrics.LimitReached);
    }

    /// <summary>An address connects. Null: it may.</summary>
    public Excess? Connect(IPAddress? address) => address is null ? null : Counted(_addressConnects.Take(address));

    /// <summary>A user connects. Null: they may.</summary>
    public Excess? Connect(UserId user) => Counted(_userConnects.Take(user));

    /// <summary>A caller asks the API for something. Null: it may.</summary>
    public Excess? Request(string caller) => Counted(_api.Take(caller));

    /// <summary>What a caller was let in for was more than one: those who come next wait for it.</summary>
    public void Charge(string caller, int more) => _api.Charge(caller, more);

    private Excess? Counted(Excess? excess)
    {
        if (excess is { } one)
        {
            _metrics.LimitReached(one.Limit);
        }

        return excess;
    }
}
