// What was measured, by target and row.
using DistributedSockets.Benchmarks.Load;

namespace DistributedSockets.Benchmarks.Running;

internal sealed class Results
{
    private readonly Dictionary<(string Target, string Row), List<Figures>> _runs = [];

    public IEnumerable<Figures> All => _runs.Values.SelectMany(runs => runs);

    public IEnumerable<(string Target, string Row, string Failure)> Failures =>
        _runs.SelectMany(runs => runs.Value.Where(one => one.Failure is not null).Take(1).Select(one => (runs.Key.Target, runs.Key.Row, one.Failure!)));

    public void Add(string target, string row, Figures figures)
    {
        if (!_runs.TryGetValue((target, row), out var runs))
        {
            _runs[(target, row)] = runs = [];
        }

        runs.Add(figures);
    }

    /// <summary>The median of the runs that did not fail; null when none is left, or it was not measured.</summary>
    public double? Median(string target, string row, Func<Figures, double> value)
    {
        if (!_runs.TryGetValue((target, row), out var runs))
        {
            return null;
        }

        var values = runs.Where(one => one.Failure is null).Select(value).Order().ToArray();
        return values.Length == 0 ? null : (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    public bool HasFailed(string target, string row) => _runs.TryGetValue((target, row), out var runs) && runs.All(one => one.Failure is not null);
}
