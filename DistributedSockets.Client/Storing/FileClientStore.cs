using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedSockets.Client.Storing;

/// <summary>
/// A store in one file: a line for each change, written anew when most lines are of no use any more.
/// What was written survives the end of the program, also a kill; the power going out may cost the last lines.
/// It belongs to one client at a time: a second one fails with an <see cref="IOException"/>.
/// </summary>
/// <example><code>
/// using var store = new FileClientStore("alice.store");
/// await using var alice = new DistributedSocketsClient(new ClientOptions { User = "alice", Store = store, Nodes = { new("http://localhost:8081") } });
/// </code></example>
[UnsupportedOSPlatform("browser")]
public sealed class FileClientStore : IClientStore, IDisposable
{
    private const int MostLines = 10_000;

    private readonly string _path;
    private readonly OrderedDictionary<string, StoredMessage> _messages = [];
    private StoredPlace? _place;
    private FileStream? _lock;
    private FileStream? _file;
    private int _lines;

    /// <summary>Names the file; nothing is read or written before a client needs it.</summary>
    /// <param name="path">The file; its folder must be there. Beside it come <c>.lock</c>, and for a moment <c>.new</c>.</param>
    /// <example><code>using var store = new FileClientStore(Path.Combine(Path.GetTempPath(), "alice.store"));</code></example>
    public FileClientStore(string path) => _path = path;

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be read or written, or another client has it.</exception>
    public async ValueTask<StoredClient> LoadAsync(CancellationToken cancellationToken)
    {
        if (_file is null)
        {
            _lock ??= new FileStream(_path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (File.Exists(_path))
            {
                await foreach (var line in File.ReadLinesAsync(_path, cancellationToken).ConfigureAwait(false))
                {
                    Take(line);
                }
            }

            await RewriteAsync().ConfigureAwait(false);
        }

        return new StoredClient(_place, [.. _messages.Values]);
    }

    /// <inheritdoc/>
    public ValueTask AddAsync(StoredMessage message, CancellationToken cancellationToken)
    {
        _messages[message.Id] = message;
        return WriteAsync(new StoreLine(message, null, null));
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string id, CancellationToken cancellationToken) =>
        _messages.Remove(id) ? WriteAsync(new StoreLine(null, id, null)) : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask SaveAsync(StoredPlace place, CancellationToken cancellationToken)
    {
        _place = place;
        return WriteAsync(new StoreLine(null, null, place));
    }

    /// <summary>Closes the file. The client must have been closed before.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _lock?.Dispose();
    }

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
            _messages[message.Id] = message;
        }

        if (change?.Remove is { } id)
        {
            _messages.Remove(id);
        }

        _place = change?.Place ?? _place;
    }

    /// <summary>Not to be cancelled: a line is there or not, and the memory is as the file is.</summary>
    private async ValueTask WriteAsync(StoreLine line)
    {
        var file = _file ?? throw new InvalidOperationException("The store must be loaded first.");
        if (++_lines > MostLines && _lines > 4 * _messages.Count)
        {
            await RewriteAsync().ConfigureAwait(false);
            return;
        }

        await file.WriteAsync(Bytes(line), CancellationToken.None).ConfigureAwait(false);
        await file.FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask RewriteAsync()
    {
        var next = _path + ".new";
        await using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            foreach (var line in _messages.Values.Select(message => new StoreLine(message, null, null)).Append(new StoreLine(null, null, _place)))
            {
                await file.WriteAsync(Bytes(line), CancellationToken.None).ConfigureAwait(false);
            }

            file.Flush(flushToDisk: true);
        }

        _file?.Dispose();
        File.Move(next, _path, overwrite: true);
        _file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read);
        _lines = _messages.Count;
    }

    private static byte[] Bytes(StoreLine line) => [.. JsonSerializer.SerializeToUtf8Bytes(line, StoreJson.Default.StoreLine), (byte)'\n'];
}

internal sealed record StoreLine(StoredMessage? Add, string? Remove, StoredPlace? Place);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoreLine))]
internal sealed partial class StoreJson : JsonSerializerContext;
