// What a client tells about itself: activities and log lines.
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Client;

/// <summary>Names for those who listen to what a client does.</summary>
public static class ClientTelemetry
{
    /// <summary>The <see cref="ActivitySource"/>: an activity <c>send</c> from the call until the acknowledgement, and a <c>connect</c> for each attempt.</summary>
    public const string SourceName = "DistributedSockets.Client";

    internal static ActivitySource Source { get; } = new(SourceName);
}

internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Information, "Connected to {Node} as {User}, device {Device}")]
    public static partial void LogConnected(this ILogger logger, Uri node, string user, string device);

    [LoggerMessage(2, LogLevel.Warning, "Not connected: {Reason} ({Code}). Next attempt in {Pause}")]
    public static partial void LogRecovering(this ILogger logger, string reason, int code, TimeSpan pause);

    [LoggerMessage(3, LogLevel.Error, "Closed: {Reason} ({Code})")]
    public static partial void LogClosed(this ILogger logger, string reason, int code);

    [LoggerMessage(4, LogLevel.Error, "A handler of the application failed")]
    public static partial void LogHandlerFailed(this ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "A node has refused a command: {Code}, {Reason}")]
    public static partial void LogRefused(this ILogger logger, string code, string reason);

    [LoggerMessage(7, LogLevel.Warning, "Messages are missing: {Gap}")]
    public static partial void LogGap(this ILogger logger, Gap gap);

    [LoggerMessage(9, LogLevel.Information, "The application has not taken any of {Count} messages for a second; what comes now is left to a later connection")]
    public static partial void LogBehind(this ILogger logger, int count);

    [LoggerMessage(8, LogLevel.Warning, "A new token could not be had, or was refused; tried again until the present one ends")]
    public static partial void LogTokenNotRenewed(this ILogger logger, Exception exception);

    [LoggerMessage(6, LogLevel.Error, "The client's store failed; what it should have kept is in memory only")]
    public static partial void LogStoreFailed(this ILogger logger, Exception exception);
}
