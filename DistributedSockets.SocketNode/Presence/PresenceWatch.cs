// Who on this node is shown what becomes of whom.
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Presence;

/// <summary>
/// Who on this node is shown what becomes of whom. Changes come in any order and more than once: the version decides. Each user is shown at most once a second; what lies in
/// between is left out, the last state always comes.
/// </summary>
internal sealed class PresenceWatch(TimeProvider time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<UserId, Watched> _users = [];

    /// <summary>Users with a state that not all have been shown.</summary>
    private readonly HashSet<Watched> _changed = [];

    /// <summary>Users whom nobody here watches, while the store may think that somebody does.</summary>
    private HashSet<UserId> _left = [];

    /// <summary>All who are watched at this moment.</summary>
    public IReadOnlyList<UserId> Users
    {
        get
        {
            lock (_gate)
            {
                return [.. _users.Keys];
            }
        }
    }

    /// <summary>The version that is known here; 0 for none, null where nobody watches the user.</summary>
    public long? VersionOf(UserId user)
    {
        lock (_gate)
        {
            return _users.TryGetValue(user, out var watched) ? watched.State?.Version ?? 0 : null;
        }
    }

    /// <summary>Adds users to those whom somebody watches. They are shown nothing before <see cref="Answer"/>.</summary>
    /// <returns>Those who are new among them; null when it would be more than <paramref name="most"/>, and nothing was done.</returns>
    public IReadOnlyList<UserId>? TryAdd(PresenceWatcher watcher, IReadOnlyCollection<UserId> users, int most)
    {
        lock (_gate)
        {
            var added = users.Where(user => !watcher.Users.Contains(user)).ToHashSet();
            if (watcher.Users.Count + added.Count > most)
            {
                return null;
            }

            foreach (var user in added)
            {
                watcher.Users.Add(user);
                if (!_users.TryGetValue(user, out var watched))
                {
                    _users.Add(user, watched = new Watched());
                }

                watched.Shown.Add(watcher, null);
            }

            return [.. added];
        }
    }

    /// <summary>Answers a watcher with what the store has told of some of theirs, or with what has come since; from here on changes follow.</summary>
    public void Answer(PresenceWatcher watcher, IReadOnlyList<PresenceState> states, Action<IReadOnlyList<PresenceState>> answer)
    {
        lock (_gate)
        {
            var newest = new List<PresenceState>(states.Count);
            foreach (var state in states)
            {
                Learn(state);
                var watched = _users[state.User];
                watched.Shown[watcher] = watched.State;
                newest.Add(watched.State!);
            }

            // Within the lock: what is shown later must not come before it.
            answer(newest);
        }
    }

    public void Remove(PresenceWatcher watcher, IEnumerable<UserId> users)
    {
        lock (_gate)
        {
            foreach (var user in users.Where(watcher.Users.Remove))
            {
                var watched = _users[user];
                watched.Shown.Remove(watcher);
                if (watched.Shown.Count == 0)
                {
                    _users.Remove(user);
                    _changed.Remove(watched);
                    _left.Add(user);
                }
            }
        }
    }

    public void Remove(PresenceWatcher watcher)
    {
        lock (_gate)
        {
            Remove(watcher, [.. watcher.Users]);
        }
    }

    /// <summary>Takes what other nodes and the store tell.</summary>
    public void Take(IEnumerable<PresenceState> states)
    {
        lock (_gate)
        {
            foreach (var state in states)
            {
                Learn(state);
            }
        }

        ShowDue();
    }

    /// <summary>Whom nobody here watches any more; they are forgotten.</summary>
    public IReadOnlyCollection<UserId> TakeLeft()
    {
        lock (_gate)
        {
            var left = _left;
            _left = [];
            return left;
        }
    }

    /// <summary>One clock for all: it shows what had to wait.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            ShowDue();
        }
    }

    private void Learn(PresenceState state)
    {
        if (!_users.TryGetValue(state.User, out var watched))
        {
            _left.Add(state.User);
        }
        else if (watched.State is null || state.Version > watched.State.Version)
        {
            watched.State = state;
            _changed.Add(watched);
        }
    }

    private void ShowDue()
    {
        lock (_gate)
        {
            var due = _changed.Where(watched => watched.ShownAt is not { } at || time.GetElapsedTime(at) >= Pace).ToList();
            var shown = new Dictionary<PresenceWatcher, List<PresenceState>>();
            foreach (var watched in due)
            {
                _changed.Remove(watched);
                foreach (var watcher in watched.Shown.Keys.Where(watcher => IsNews(watched, watcher)).ToList())
                {
                    watched.ShownAt = time.GetTimestamp();
                    watched.Shown[watcher] = watched.State;
                    if (!shown.TryGetValue(watcher, out var states))
                    {
                        shown.Add(watcher, states = []);
                    }

                    states.Add(watched.State!);
                }
            }

            // Last: whoever is shown something may end here and now, and leave the table.
            foreach (var (watcher, states) in shown)
            {
                watcher.Show(states);
            }
        }
    }

    /// <summary>Who has had no answer yet gets this state with it. Who was gone and is back meanwhile was not seen to be gone.</summary>
    private static bool IsNews(Watched watched, PresenceWatcher watcher) => watched.Shown[watcher] is { } before && !watched.State!.LooksLike(before);

    private sealed class Watched
    {
        /// <summary>The newest that is known; null until the store has answered.</summary>
        public PresenceState? State { get; set; }

        /// <summary>When somebody was shown a change last.</summary>
        public long? ShownAt { get; set; }

        /// <summary>What each watcher was shown last; null before the answer.</summary>
        public Dictionary<PresenceWatcher, PresenceState?> Shown { get; } = [];
    }
}

/// <summary>One who is shown what becomes of some users, until disposed.</summary>
/// <param name="show">Called with changes of users whom it watches, under a lock: it must not wait.</param>
internal sealed class PresenceWatcher(PresenceWatch watch, Action<IReadOnlyList<PresenceState>> show) : IDisposable
{
    /// <summary>Whom it watches; changed by <see cref="PresenceWatch"/> only.</summary>
    public HashSet<UserId> Users { get; } = [];

    public void Show(IReadOnlyList<PresenceState> states) => show(states);

    public void Dispose() => watch.Remove(this);
}
