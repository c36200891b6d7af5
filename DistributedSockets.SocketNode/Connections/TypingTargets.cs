// Who is shown that a connection's user types: at most once a second each, and off by itself.
namespace DistributedSockets.SocketNode.Connections;

/// <summary>A user, or a room.</summary>
internal readonly record struct TypingTarget(string Name, bool IsRoom);

/// <summary>
/// Whom a connection shows that its user types. A target is shown at most one change a second, and always the last one; what is on goes off after 12 s, and with
/// the connection.
/// </summary>
/// <param name="most">Targets at once; the rest is not shown, and <paramref name="onRefused"/> hears of it.</param>
internal sealed class TypingTargets(int most, Action onRefused, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OnLimit = TimeSpan.FromSeconds(12);

    private readonly Lock _gate = new();
    private readonly Dictionary<TypingTarget, Target> _targets = [];

    /// <param name="show">Tells the target. Must not wait.</param>
    public void Set(TypingTarget to, bool on, Action<bool> show)
    {
        lock (_gate)
        {
            if (!_targets.TryGetValue(to, out var target))
            {
                if (!on)
                {
                    return;
                }

                if (!MakeRoom())
                {
                    onRefused();
                    return;
                }

                _targets.Add(to, target = new Target(show));
                target.Timer = time.CreateTimer(_ => OnTime(target), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            target.Wanted = on;
            var since = target.ShownAt == 0 ? Pace : time.GetElapsedTime(target.ShownAt);
            if (since >= Pace)
            {
                Show(target);
            }
            else if (on != target.IsOn)
            {
                target.Timer!.Change(Pace - since, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var target in _targets.Values)
            {
                target.Timer!.Dispose();
                if (target.IsOn)
                {
                    target.Tell(false);
                }
            }

            _targets.Clear();
        }
    }

    private void OnTime(Target target)
    {
        lock (_gate)
        {
            // Either a change that had to wait, or nobody has renewed what is on.
            target.Wanted &= target.Wanted != target.IsOn;
            Show(target);
        }
    }

    private void Show(Target target)
    {
        if (target.Wanted || target.IsOn)
        {
            target.Tell(target.Wanted);
        }

        target.IsOn = target.Wanted;
        target.ShownAt = time.GetTimestamp();
        target.Timer!.Change(target.IsOn ? OnLimit : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private bool MakeRoom()
    {
        if (_targets.Count < most)
        {
            return true;
        }

        foreach (var (known, target) in _targets.Where(shown => !shown.Value.IsOn && time.GetElapsedTime(shown.Value.ShownAt) >= Pace).ToList())
        {
            target.Timer!.Dispose();
            _targets.Remove(known);
        }

        return _targets.Count < most;
    }

    private sealed class Target(Action<bool> show)
    {
        public ITimer? Timer { get; set; }

        /// <summary>What the client has said last.</summary>
        public bool Wanted { get; set; }

        /// <summary>What the target has been shown.</summary>
        public bool IsOn { get; set; }

        /// <summary>When it was shown something last; 0 for never.</summary>
        public long ShownAt { get; set; }

        public void Tell(bool on) => show(on);
    }
}
