// When a token is renewed.
namespace DistributedSockets.Client.Connecting;

/// <summary>
/// A token is renewed when most of its time is over. A clock that is ahead of the issuer's sees only tokens that have expired already:
/// then the pauses grow, so that nobody is asked all the time.
/// </summary>
internal sealed class RenewalPauses
{
    private const double Part = 0.8;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestOfShort = TimeSpan.FromMinutes(1);

    // Timers take no more than seven weeks.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private TimeSpan _short = Shortest;

    /// <param name="left">What is left of the token's time.</param>
    public TimeSpan Next(TimeSpan left)
    {
        var pause = left * Part;
        if (pause > Shortest)
        {
            _short = Shortest;
            return pause < Longest ? pause : Longest;
        }

        pause = _short;
        _short = pause * 2 < LongestOfShort ? pause * 2 : LongestOfShort;
        return pause;
    }
}
