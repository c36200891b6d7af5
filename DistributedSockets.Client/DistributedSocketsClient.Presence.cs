// How other users are, and how others see oneself.
using System.Text.Json;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    /// <summary>The last state that was seen of each user who is watched; null before the first.</summary>
    private readonly Dictionary<string, Presence?> _watched = [];

    /// <summary>A user who is watched has come, gone, or changed the status: at most once a second for each, and always the last state.</summary>
    /// <example><code>
    /// client.PresenceChanged += presence => Console.WriteLine($"{presence.User} is {(presence.IsOnline ? "online" : "offline")}");
    /// await client.WatchAsync(["bob"]);
    /// </code></example>
    public event Action<Presence>? PresenceChanged;

    /// <summary>How users are now.</summary>
    /// <param name="users">Their names, at most 1,000.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <returns>One for each user, in their order, and once where a name comes twice.</returns>
    /// <exception cref="ClientException">Refused, such as <c>too_large</c> or <c>forbidden</c>; or the client is closed.</exception>
    /// <example><code>var isOnline = (await client.GetPresenceAsync(["bob"]))[0].IsOnline;</code></example>
    public Task<IReadOnlyList<Presence>> GetPresenceAsync(IEnumerable<string> users, CancellationToken cancellationToken = default) =>
        AskPresenceAsync("get", Names(users), cancellationToken);

    /// <summary>How users are now, and every change from then on by <see cref="PresenceChanged"/>, over reconnects.</summary>
    /// <param name="users">Their names; at most 1,000 are watched at once.</param>
    /// <param name="cancellationToken">Nobody waits any more; they are not watched then.</param>
    /// <returns>As of <see cref="GetPresenceAsync"/>.</returns>
    /// <exception cref="ClientException">Refused, such as <c>limit_reached</c> or <c>forbidden</c>; or the client is closed.</exception>
    /// <example><code>var now = await client.WatchAsync(["bob", "carol"]);</code></example>
    public async Task<IReadOnlyList<Presence>> WatchAsync(IEnumerable<string> users, CancellationToken cancellationToken = default)
    {
        // Entered before they are asked for: a change may come right behind the answer.
        string[] names = Names(users);
        string[] added;
        lock (_gate)
        {
            added = [.. names.Where(name => _watched.TryAdd(name, null))];
        }

        try
        {
            var all = await AskPresenceAsync("sub", names, cancellationToken).ConfigureAwait(false);
            return [.. all.Select(Latest)];
        }
        catch
        {
            Forget(added);
            throw;
        }
    }

    /// <summary>No more changes of these users.</summary>
    /// <param name="users">Their names; nothing happens for who is not watched.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="ClientException">Refused, or the client is closed.</exception>
    /// <example><code>await client.UnwatchAsync(["bob"]);</code></example>
    public Task UnwatchAsync(IEnumerable<string> users, CancellationToken cancellationToken = default)
    {
        string[] names = Names(users);
        Forget(names);
        return names.Length == 0 ? Task.CompletedTask : _requests.AskAsync("presence", writer => WritePresence(writer, "unsub", names), cancellationToken);
    }

    /// <summary>Sets one's own status, which others see. It is the user's, not the device's, and stays while the user is offline.</summary>
    /// <param name="status">Any JSON value of at most 1,024 bytes; an undefined or null one is none.</param>
    /// <param name="cancellationToken">Nobody waits any more; it may be set all the same.</param>
    /// <returns>How others see one now.</returns>
    /// <exception cref="ClientException"><c>too_large</c>, or the client is closed.</exception>
    /// <example><code>await client.SetStatusAsync(JsonDocument.Parse("""{"text":"lunch"}""").RootElement);</code></example>
    public async Task<Presence> SetStatusAsync(JsonElement status, CancellationToken cancellationToken = default)
    {
        var answer = await _requests.AskAsync("presence", writer =>
        {
            writer.WriteString("op", "set");
            writer.WritePropertyName("status");
            if (status.ValueKind == JsonValueKind.Undefined)
            {
                writer.WriteNullValue();
            }
            else
            {
                status.WriteTo(writer);
            }
        }, cancellationToken).ConfigureAwait(false);
        return Presence.Parse(answer[0]);
    }

    private static string[] Names(IEnumerable<string> users) => [.. users.Distinct()];

    private async Task<IReadOnlyList<Presence>> AskPresenceAsync(string op, string[] names, CancellationToken cancellationToken)
    {
        if (names.Length == 0)
        {
            return [];
        }

        var answers = await _requests.AskAsync(
            "presence", writer => WritePresence(writer, op, names), cancellationToken, answers => answers.Count == names.Length).ConfigureAwait(false);
        return [.. answers.Select(Presence.Parse)];
    }

    private static void WritePresence(Utf8JsonWriter writer, string op, string[] users)
    {
        writer.WriteString("op", op);
        writer.WriteStartArray("users");
        foreach (var user in users)
        {
            writer.WriteStringValue(user);
        }

        writer.WriteEndArray();
    }

    /// <summary>What a connection watches ends with it.</summary>
    private void WatchAgain()
    {
        string[] users;
        lock (_gate)
        {
            users = [.. _watched.Keys];
        }

        if (users.Length > 0)
        {
            _ = WatchAgainAsync(async () =>
            {
                foreach (var one in await AskPresenceAsync("sub", users, _closing.Token).ConfigureAwait(false))
                {
                    TellPresence(one);
                }
            });
        }

        foreach (var room in _pictures.Rooms)
        {
            _ = WatchAgainAsync(() => AskRoomPresenceAsync("sub", room, _closing.Token));
        }
    }

    /// <summary>Never fails.</summary>
    private async Task WatchAgainAsync(Func<Task> watch)
    {
        try
        {
            await watch().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ClientException or OperationCanceledException)
        {
            _options.Logger.LogRefused("presence", exception.Message);
        }
    }

    private void TakePresence(JsonElement push)
    {
        if (push.Text("room") is { } room)
        {
            TakeRoomPresence(room, push);
        }
        else if (!Answer(push))
        {
            TellPresence(Presence.Parse(push));
        }
    }

    private void TellPresence(Presence presence)
    {
        if (IsNews(presence))
        {
            Raise(PresenceChanged, presence);
        }
    }

    /// <returns>False where the user is not watched, or a later state was seen.</returns>
    private bool IsNews(Presence presence)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(presence.User, out var seen) || presence.Version <= seen?.Version)
            {
                return false;
            }

            _watched[presence.User] = presence;
            return true;
        }
    }

    /// <summary>A change behind the answer may have been told before whoever asked gets the answer: they must not get an older state then.</summary>
    private Presence Latest(Presence answer)
    {
        lock (_gate)
        {
            return !IsNews(answer) && _watched.GetValueOrDefault(answer.User) is { } seen ? seen : answer;
        }
    }

    private void Forget(string[] names)
    {
        lock (_gate)
        {
            foreach (var name in names)
            {
                _watched.Remove(name);
            }
        }
    }
}
