// What an operator sees of webhooks in numbers.
using System.Diagnostics.Metrics;

namespace DistributedSockets.SocketNode.Diagnostics;

/// <summary>What an operator sees of webhooks in numbers.</summary>
internal sealed class HookMetrics
{
    public const string TooMany = "too_many";
    public const string TooOld = "too_old";
    public const string Gone = "gone";

    private readonly Counter<long> _sent;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _givenUp;
    private long _waiting;

    public HookMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(NodeTracing.SourceName);
        _sent = meter.CreateCounter<long>("ds.hooks.sent", "{event}", "Events that the application's back end has accepted, by type");
        _failed = meter.CreateCounter<long>("ds.hooks.failed", "{request}", "Requests that the back end has refused or not answered; the event is tried again");
        _givenUp = meter.CreateCounter<long>("ds.hooks.given_up", "{event}", "Events that the back end was never told of, by reason");
        meter.CreateObservableUpDownCounter("ds.hooks.waiting", () => Volatile.Read(ref _waiting), "{owner}", "Users and rooms whose events this node looks after now");
    }

    /// <summary>How many owners were on the lists whose turn this node had last.</summary>
    public long Waiting
    {
        set => Volatile.Write(ref _waiting, value);
    }

    public void Sent(string type) => _sent.Add(1, Label("type", type));

    /// <param name="reason">One of those of HookEndpoint.</param>
    public void Failed(string reason) => _failed.Add(1, Label("reason", reason));

    /// <param name="reason">One of those here.</param>
    public void GivenUp(string reason, long count)
    {
        if (count > 0)
        {
            _givenUp.Add(count, Label("reason", reason));
        }
    }

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
