// Whether the back end accepts events.
using DistributedSockets.SocketNode.Diagnostics;

namespace DistributedSockets.SocketNode.Webhooks;

/// <summary>
/// Whether the back end accepts events, for the log, which names an outage once, and for <c>/health</c>. The address is told without its path and query: those of some back ends are secrets.
/// </summary>
internal sealed partial class HookEndpoint(HookOptions options, HookMetrics metrics, ILogger<HookEndpoint> logger)
{
    public const string NoAnswer = "no_answer";
    public const string Refused = "refused";

    /// <summary>Failures in a row that make an outage: one event that it never accepts is none, as long as it accepts others.</summary>
    private const int Outage = 3;

    private readonly Lock _lock = new();
    private int _failures;
    private string? _trouble;

    /// <summary>Why it accepts nothing; null when it does.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    public string Address { get; } = new Uri(options.Url!).GetLeftPart(UriPartial.Authority);

    public void NoteAccepted()
    {
        lock (_lock)
        {
            if (_trouble is not null)
            {
                LogBack(Address);
            }

            (_failures, _trouble) = (0, null);
        }
    }

    /// <param name="reason">One of the constants: the metric's label.</param>
    /// <param name="trouble">The same in words.</param>
    public void NoteFailure(string reason, string trouble)
    {
        metrics.Failed(reason);
        lock (_lock)
        {
            if (++_failures < Outage)
            {
                return;
            }

            if (_trouble is null)
            {
                LogAway(Address, trouble);
            }

            _trouble = trouble;
        }
    }

    [LoggerMessage(10001, LogLevel.Warning, "The webhook endpoint {Address} accepts no events: {Trouble}. They wait and are tried again")]
    private partial void LogAway(string address, string trouble);

    [LoggerMessage(10002, LogLevel.Information, "The webhook endpoint {Address} accepts events again")]
    private partial void LogBack(string address);
}
