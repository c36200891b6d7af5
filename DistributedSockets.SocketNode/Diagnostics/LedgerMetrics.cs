// What an operator sees in numbers of what became of stored messages.
using System.Diagnostics.Metrics;
using DistributedSockets.SocketNode.Inbox;

namespace DistributedSockets.SocketNode.Diagnostics;

/// <summary>What an operator sees in numbers of what became of stored messages. The totals are of the whole cluster: gauges, since adding them up over nodes says nothing.</summary>
internal sealed class LedgerMetrics
{
    public LedgerMetrics(IMeterFactory factory, LedgerStatus ledger)
    {
        var meter = factory.Create(NodeTracing.SourceName);
        meter.CreateObservableGauge("ds.ledger.accepted", () => ledger.Totals.Accepted, "{message}", "Messages that inboxes have accepted, over all users");
        meter.CreateObservableGauge("ds.ledger.delivered", () => ledger.Totals.Delivered, "{message}", "Of those, acknowledged by a device");
        meter.CreateObservableGauge("ds.ledger.expired", () => ledger.Totals.Expired, "{message}", "Of those, expired");
        meter.CreateObservableGauge("ds.ledger.failed", () => ledger.Totals.Failed, "{message}", "Of those, taken out of an inbox");
        meter.CreateObservableGauge("ds.ledger.pending", () => ledger.Totals.Pending, "{message}", "Of those, without an outcome yet");
        meter.CreateObservableGauge("ds.ledger.difference", () => ledger.OutOfBalance, "{user}", "Users whose inbox did not balance when this node visited it last");
        Expired = meter.CreateCounter<long>("ds.messages.expired", "{message}", "Messages that had expired when this node visited their inbox");
    }

    public Counter<long> Expired { get; }
}
