using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedSockets.Client.Storing;

/// <summary>
/// A store in one file: a line for each change, written anew when most lines are of no use any more.
/// What was written survives the end of the program; the power going out may cost the last lines. One client at a time.
/// </summary>
public sealed class FileClientStore : IClientStore, IDisposable
{
    private const int MostLines = 10_000;

    private readonly string _path;
    private readonly Dictionary<string, StoredMessage> _messages = [];
    private readonly List<string> _order = [];
    private StoredPlace? _place;
    private FileStream? _file;
    private int _lines;

    /// <param name="path">The file; its folder must be there.</param>
    public FileClientStore(string path) => _path = path;

    /// <inheritdoc/>
    public async ValueTask<StoredClient> LoadAsync(CancellationToken cancellationToken)
    {
        if (_file is null)
        {
            if (File.Exists(_path))
            {
                await foreach (var line in File.ReadLinesAsync(_path, cancellationToken).ConfigureAwait(false))
                {
                    Take(line);
                }
            }

            await RewriteAsync(cancellationToken).ConfigureAwait(false);
        }

        return new StoredClient(_place, [.. Messages]);
    }

    /// <inheritdoc/>
    public ValueTask AddAsync(StoredMessage message, CancellationToken cancellationToken)
    {
        Keep(message);
        return WriteAsync(new StoreLine(message, null, null), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string id, CancellationToken cancellationToken) =>
        _messages.Remove(id) ? WriteAsync(new StoreLine(null, id, null), cancellationToken) : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask SaveAsync(StoredPlace place, CancellationToken cancellationToken)
    {
        _place = place;
        return WriteAsync(new StoreLine(null, null, place), cancellationToken);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file?.Dispose();

    private IEnumerable<StoredMessage> Messages => _order.Where(_messages.ContainsKey).Select(id => _messages[id]);

    private void Take(string line)
    {
        StoreLine? change;
        try
        {
            change = JsonSerializer.Deserialize(line, StoreJson.Default.StoreLine);
        }
        catch (JsonException)
        {
            // The last line of a program that was killed while it wrote.
            return;
        }

        if (change?.Add is { } message)
        {
            Keep(message);
        }

        if (change?.Remove is { } id)
        {
            _messages.Remove(id);
        }

        _place = change?.Place ?? _place;
    }

    private void Keep(StoredMessage message)
    {
        _messages[message.Id] = message;
        _order.Add(message.Id);
    }

    private async ValueTask WriteAsync(StoreLine line, CancellationToken cancellationToken)
    {
        var file = _file ?? throw new InvalidOperationException("The store must be loaded first.");
        if (++_lines > MostLines && _lines > 4 * _messages.Count)
        {
            await RewriteAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        // In one piece, so that a line is there or not.
        await file.WriteAsync(Bytes(line), CancellationToken.None).ConfigureAwait(false);
        await file.FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask RewriteAsync(CancellationToken cancellationToken)
    {
        var next = _path + ".new";
        List<StoredMessage> messages = [.. Messages];
        await using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            foreach (var line in messages.Select(message => new StoreLine(message, null, null)).Append(new StoreLine(null, null, _place)))
            {
                await file.WriteAsync(Bytes(line), cancellationToken).ConfigureAwait(false);
            }

            file.Flush(flushToDisk: true);
        }

        _file?.Dispose();
        File.Move(next, _path, overwrite: true);
        _file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read);
        _lines = messages.Count;
        _order.Clear();
        _order.AddRange(messages.Select(message => message.Id));
    }

    private static byte[] Bytes(StoreLine line) => [.. JsonSerializer.SerializeToUtf8Bytes(line, StoreJson.Default.StoreLine), (byte)'\n'];
}

internal sealed record StoreLine(StoredMessage? Add, string? Remove, StoredPlace? Place);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoreLine))]
internal sealed partial class StoreJson : JsonSerializerContext;
