// The AppHost's console: a coloured prefix per resource, the table when all is up, plain lines when the output is redirected.
using System.Threading.Channels;
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Processes;
using Spectre.Console;

namespace DistributedSockets.LocalHosting.Display;

internal sealed class ConsoleView : IAsyncDisposable
{
    private static readonly string[] Colours = ["aqua", "lime", "yellow", "fuchsia", "dodgerblue1", "orange1", "springgreen2", "hotpink"];

    // A terminal that stands still (Ctrl+S) must not hold up the resources: the oldest lines go. The files have them all.
    private readonly Channel<Action> _lines = Channel.CreateBounded<Action>(
        new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings());
    private readonly bool _plain = Console.IsOutputRedirected;
    private readonly Dictionary<string, string> _prefixes = [];
    private readonly Task _writer;

    public ConsoleView(IResourceCollection resources)
    {
        var width = resources.Select(resource => resource.Name.Length).DefaultIfEmpty().Max();
        foreach (var (index, resource) in resources.Index())
        {
            _prefixes[resource.Name] = $"[{Colours[index % Colours.Length]}]{resource.Name.PadRight(width)} |[/] ";
        }

        if (_plain)
        {
            // Nothing is known of the reader's width, and a wrapped line is no longer one.
            _console.Profile.Width = 200;
        }

        _writer = WriteLinesAsync();
    }

    public void Begin(AppHostInfo appHost, RunFolder folder)
    {
        Say($"Hosting mode: local ({appHost.ModeReason}; UseAspire=true uses Aspire and containers).");
        Say($"Logs: {folder.Logs}");
    }

    public void Say(string text) => _lines.Writer.TryWrite(() => _console.MarkupLineInterpolated($"[bold]{text}[/]"));

    public void Write(string resourceName, LogLine line) => _lines.Writer.TryWrite(() =>
    {
        _console.Markup(_prefixes[resourceName]);
        var text = line.Kind switch
        {
            LogLineKind.Output => _plain ? AnsiText.Strip(line.Text) : line.Text,
            LogLineKind.Note => _plain ? $"== {line.Text}" : $"\e[2m{line.Text}\e[0m",
            _ => _plain ? $"== {line.Text}" : $"\e[1;31m{line.Text}\e[0m",
        };

        // Not through the library: a resource's line is neither markup nor to be wrapped.
        _console.Profile.Out.Writer.WriteLine(text);
    });

    /// <summary>Waits until every resource is healthy or down for good, then shows the table.</summary>
    public async Task AnnounceAsync(ResourceNotificationService notifications, int count, CancellationToken cancellationToken)
    {
        var settled = new Dictionary<string, ResourceEvent>();
        try
        {
            await foreach (var current in notifications.WatchAsync(cancellationToken))
            {
                if (ResourceNotificationService.IsHealthy(current) || ResourceNotificationService.IsDown(current))
                {
                    settled[current.Resource.Name] = current;
                }
                else
                {
                    settled.Remove(current.Resource.Name);
                }

                if (settled.Count >= count)
                {
                    break;
                }
            }

            ShowTable(settled.Values);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped before all was up.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writer;
    }

    private async Task WriteLinesAsync()
    {
        await foreach (var write in _lines.Reader.ReadAllAsync())
        {
            try
            {
                write();
            }
            catch (IOException)
            {
                // Nobody reads any more (a pipe that was closed); the files still are.
            }
        }
    }

    private void ShowTable(IEnumerable<ResourceEvent> resources)
    {
        var order = _prefixes.Keys.ToList();
        var rows = resources.OrderBy(current => order.IndexOf(current.Resource.Name)).ToArray();
        var table = new Table().Border(_plain ? TableBorder.Ascii : TableBorder.Rounded)
            .AddColumns("resource", "state", "address", "process");
        foreach (var snapshot in rows.Select(row => (row.Resource.Name, row.Snapshot)))
        {
            var state = snapshot.Snapshot.HealthStatus?.ToString() ?? snapshot.Snapshot.State?.Text ?? "";
            table.AddRow(
                Markup.Escape(snapshot.Name),
                snapshot.Snapshot.HealthStatus is null ? $"[red]{state}[/]" : $"[green]{state}[/]",
                Markup.Escape(string.Join('\n', snapshot.Snapshot.Urls.Select(url => url.Url))),
                snapshot.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value?.ToString() ?? "");
        }

        _lines.Writer.TryWrite(() => _console.Write(table));
        Say("Press Ctrl+C to stop.");
        foreach (var url in rows.SelectMany(row => row.Snapshot.Urls).Where(url => !url.IsInternal))
        {
            Say($"Open {url.Url}");
        }
    }
}
