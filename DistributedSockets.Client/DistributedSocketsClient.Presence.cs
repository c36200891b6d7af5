// How others are, and how others see oneself.
using System.Text.Json;

namespace DistributedSockets.Client;

public sealed partial class DistributedSocketsClient
{
    private readonly Dictionary<string, long> _watched = [];

    /// <summary>A user who is watched has come, gone, or changed the status.</summary>
    public event Action<Presence>? PresenceChanged;

    /// <summary>How users are now.</summary>
    public Task<IReadOnlyList<Presence>> GetPresenceAsync(IEnumerable<string> users, CancellationToken cancellationToken = default) =>
        AskPresenceAsync("get", users, cancellationToken);

    /// <summary>How users are now, and every change from then on by <see cref="PresenceChanged"/>, over reconnects.</summary>
    public async Task<IReadOnlyList<Presence>> WatchAsync(IEnumerable<string> users, CancellationToken cancellationToken = default)
    {
        var all = await AskPresenceAsync("sub", users, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            foreach (var one in all)
            {
                _watched[one.User] = Math.Max(one.Version, _watched.GetValueOrDefault(one.User));
            }
        }

        return all;
    }

    /// <summary>No more changes of these users.</summary>
    public Task UnwatchAsync(IEnumerable<string> users, CancellationToken cancellationToken = default)
    {
        string[] names = [.. users];
        lock (_gate)
        {
            foreach (var name in names)
            {
                _watched.Remove(name);
            }
        }

        return _requests.AskAsync("presence", writer => WritePresence(writer, "unsub", names), cancellationToken);
    }

    /// <summary>Sets one's own status, which others see; an undefined or null one is none.</summary>
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

    private async Task<IReadOnlyList<Presence>> AskPresenceAsync(string op, IEnumerable<string> users, CancellationToken cancellationToken)
    {
        string[] names = [.. users.Distinct()];
        if (names.Length == 0)
        {
            return [];
        }

        var answers = await _requests.AskAsync("presence", writer => WritePresence(writer, op, names), cancellationToken, names.Length).ConfigureAwait(false);
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
            _ = WatchAgainAsync(users);
        }
    }

    private async Task WatchAgainAsync(string[] users)
    {
        try
        {
            foreach (var one in await AskPresenceAsync("sub", users, _ending.Token).ConfigureAwait(false))
            {
                TellPresence(one);
            }
        }
        catch (Exception exception) when (exception is ClientException or OperationCanceledException)
        {
            _options.Logger.LogRefused("presence", exception.Message);
        }
    }

    private void TakePresence(JsonElement push)
    {
        if (!Answer(push))
        {
            TellPresence(Presence.Parse(push));
        }
    }

    private void TellPresence(Presence presence)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(presence.User, out var seen) || presence.Version <= seen)
            {
                return;
            }

            _watched[presence.User] = presence.Version;
        }

        Raise(PresenceChanged, presence);
    }
}
