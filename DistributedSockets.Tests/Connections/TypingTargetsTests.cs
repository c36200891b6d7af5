// Who types is shown at the pace of the eye, and goes off by itself.
using DistributedSockets.SocketNode.Connections;
using Microsoft.Extensions.Time.Testing;

namespace DistributedSockets.Tests.Connections;

public sealed class TypingTargetsTests : IDisposable
{
    private const int Most = 32;
    private static readonly TypingTarget Bob = new("bob", IsRoom: false);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1));
    private readonly List<bool> _shown = [];
    private readonly TypingTargets _targets;
    private int _refused;

    public TypingTargetsTests() => _targets = new TypingTargets(Most, () => _refused++, _time);

    [Fact]
    public void Goes_off_twelve_seconds_after_it_was_last_said()
    {
        _targets.Set(Bob, true, _shown.Add);
        _time.Advance(TimeSpan.FromSeconds(11));
        _targets.Set(Bob, true, _shown.Add);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal([true, true], _shown);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true, true, false], _shown);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, _shown.Count);
    }

    [Fact]
    public void Is_shown_once_a_second_at_most_and_the_last_state_always()
    {
        for (var round = 0; round < 10; round++)
        {
            _targets.Set(Bob, true, _shown.Add);
            _targets.Set(Bob, false, _shown.Add);
        }

        Assert.Equal([true], _shown);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true, false], _shown);
    }

    [Fact]
    public void Who_never_typed_is_not_shown_to_have_stopped()
    {
        _targets.Set(Bob, false, _shown.Add);
        Assert.Empty(_shown);
    }

    [Fact]
    public void Goes_off_with_the_connection()
    {
        _targets.Set(Bob, true, _shown.Add);
        _targets.Dispose();
        Assert.Equal([true, false], _shown);
    }

    [Fact]
    public void More_targets_than_a_person_types_to_are_not_kept()
    {
        for (var number = 0; number < 1000; number++)
        {
            _targets.Set(new TypingTarget($"user-{number}", IsRoom: false), true, _shown.Add);
        }

        Assert.Equal((Most, 1000 - Most), (_shown.Count, _refused));
        _time.Advance(TimeSpan.FromSeconds(12));
        _time.Advance(TimeSpan.FromSeconds(1));
        _targets.Set(Bob, true, _shown.Add);
        Assert.Equal(65, _shown.Count);
    }

    public void Dispose() => _targets.Dispose();
}
