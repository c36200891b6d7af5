// What one resource prints, and what happens to it: into a bounded file, and on to the console or to a logger.
namespace DistributedSockets.LocalHosting.Display;

internal sealed class ResourceLog(string path, Action<LogLine> onLine) : IDisposable
{
    // With its predecessor, twice this on the disk.
    private const long FileLimit = 32 * 1024 * 1024;
    private const int TailLength = 20;

    private readonly Lock _lock = new();
    private readonly Queue<string> _tail = new(TailLength);
    private StreamWriter? _file = Open(path);
    private long _written;

    /// <summary>A line of the resource's own output.</summary>
    public void Write(string line)
    {
        Append(AnsiText.Strip(line));
        onLine(new LogLine(LogLineKind.Output, line));
    }

    /// <summary>Something the AppHost has to say about the resource.</summary>
    public void Note(string text) => Say(LogLineKind.Note, text);

    /// <summary>The same, when it is nothing good.</summary>
    public void Problem(string text) => Say(LogLineKind.Problem, text);

    public string Tail()
    {
        lock (_lock)
        {
            return string.Join('\n', _tail);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private static StreamWriter Open(string path) => new(path, append: false) { AutoFlush = true };

    private void Say(LogLineKind kind, string text)
    {
        Append($"== {text}");
        onLine(new LogLine(kind, text));
    }

    private void Append(string line)
    {
        lock (_lock)
        {
            if (_file is null)
            {
                return;
            }

            if (_tail.Count == TailLength)
            {
                _tail.Dequeue();
            }

            _tail.Enqueue(line);
            if (_written > FileLimit)
            {
                _file.Dispose();
                File.Move(path, path + ".1", overwrite: true);
                _file = Open(path);
                _written = 0;
            }

            _file.WriteLine(line);
            _written += line.Length + 1;
        }
    }
}

internal enum LogLineKind
{
    Output,
    Note,
    Problem,
}

internal readonly record struct LogLine(LogLineKind Kind, string Text);
