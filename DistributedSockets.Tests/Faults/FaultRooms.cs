// Rooms and presence in the traffic of a fault run: who is in which room, what is said there, and who watches whom.
using System.Globalization;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Faults;

/// <summary>Rooms and presence in the traffic of a fault run. Each user is in two rooms; each tenth device watches ten users and one of its rooms.</summary>
internal sealed class FaultRooms
{
    private const int RoomsPerUser = 2;
    private const int WatchersAre = 10;
    private const int Watched = 10;

    // Joins and their word to all members, for hundreds of users at once.
    private static readonly TimeSpan JoinLimit = TimeSpan.FromSeconds(120);

    private readonly IReadOnlyList<FaultClient> _clients;
    private readonly Dictionary<string, List<string>> _members = [];
    private readonly Dictionary<string, List<FaultClient>> _devices = [];
    private readonly List<string> _users;
    private readonly Random _random;

    public FaultRooms(Journal journal, IReadOnlyList<FaultClient> clients, int count, string run, Random random)
    {
        _clients = [.. clients];
        _random = random;
        _users = [.. clients.Select(client => client.User).Distinct()];
        foreach (var (index, user) in _users.Index())
        {
            for (var number = 0; number < RoomsPerUser; number++)
            {
                // The same for all, and different company in each.
                var room = string.Create(CultureInfo.InvariantCulture, $"r{((index * (number + 1)) + number) % count:00}-{run}");
                _members.TryAdd(room, []);
                if (!_members[room].Contains(user))
                {
                    _members[room].Add(user);
                }
            }
        }

        foreach (var (room, members) in _members)
        {
            _devices[room] = [.. _clients.Where(client => members.Contains(client.User))];
        }

        journal.Members = _devices.ToDictionary(room => room.Key, room => (IReadOnlyList<FaultClient>)room.Value);
    }

    /// <summary>Completes when every device is in the rooms of its user, and every watcher has its first answers.</summary>
    public async Task JoinAsync()
    {
        foreach (var (room, members) in _members)
        {
            foreach (var user in members)
            {
                _clients.First(client => client.User == user).Join(room);
            }
        }

        await Eventually.IsAsync(
            () => _devices.All(room => room.Value.TrueForAll(client => client.JoinedAt(room.Key) > 0)), () => $"{_clients.Count} devices are in their rooms", JoinLimit);
        foreach (var (index, watcher) in _clients.Index().Where(client => client.Index % WatchersAre == 0))
        {
            var room = _members.First(room => room.Value.Contains(watcher.User)).Key;
            watcher.Watch([.. Enumerable.Range(1, Watched).Select(step => _users[(index + (7 * step)) % _users.Count]).Distinct()], room);
        }

        await Eventually.IsAsync(() => !_clients.Any(client => client.IsAsking), "all who watch have been answered", JoinLimit);
    }

    /// <summary>A message of any member to any room.</summary>
    public void Send(Random random, int padding)
    {
        var (room, devices) = _devices.ElementAt(random.Next(_devices.Count));
        var writer = devices[random.Next(devices.Count)];
        if (writer.IsOnline)
        {
            writer.TrySend(room, padding, isRoom: true);
        }
    }

    /// <summary>A part of those who come and go stays away from now on.</summary>
    public Task SendSomeAwayAsync(IReadOnlyList<FaultClient> wanderers) =>
        Task.WhenAll(wanderers.Where(_ => _random.Next(2) == 0).Select(client => client.GoOfflineAsync(abruptly: false)));

    /// <summary>What watchers who are online believe of others and is not so.</summary>
    public IReadOnlyList<string> Misbeliefs()
    {
        var online = _clients.Where(client => client.IsWelcome).Select(client => client.User).ToHashSet();
        return [.. _clients.Where(client => client.IsOnline).SelectMany(client => client.Misbeliefs(online.Contains, room => _members[room]))];
    }
}
