// A log that a test reads.
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Support;

/// <summary>A log that a test reads.</summary>
internal class RecordingLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text, Exception? Exception)> _lines = new();

    public IReadOnlyCollection<(LogLevel Level, string Text, Exception? Exception)> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception), exception));
}

/// <summary>The same, for a class that logs under its own name.</summary>
internal sealed class RecordingLogger<T> : RecordingLogger, ILogger<T>;
