// What is measured of our own clusters alone: the absolute figures behind the goals' ratios.
using System.Globalization;
using System.Text;
using DistributedSockets.Benchmarks.Load;
using DistributedSockets.Benchmarks.Running;

namespace DistributedSockets.Benchmarks.Report;

internal static class OwnTable
{
    public static void Write(StringBuilder text, Plan plan, Results results)
    {
        if (!plan.Own.Any())
        {
            return;
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"{Target.Fast.Title}, alone:");
        text.AppendLine();
        text.AppendLine("| load | nodes | /s | CPU | p50 | p99 | p99.9 |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        foreach (var row in plan.Own.SelectMany(rows => rows))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Title} | {row.Nodes} | {string.Join(" | ", Cells(row, results))} |");
        }

        text.AppendLine();
    }

    private static string[] Cells(Row row, Results results)
    {
        if (results.HasFailed(Target.Fast.Name, row.Name))
        {
            return ["fails", "", "", "", ""];
        }

        if (row.Order.Mode == Mode.Hold)
        {
            return
            [
                string.Create(CultureInfo.InvariantCulture, $"{Of(one => one.Count):#,0} held"),
                string.Create(CultureInfo.InvariantCulture, $"{Of(one => one.Processes.Sum(process => process.Cpu) / one.Seconds):0.0 %} of a core"), "", "", "",
            ];
        }

        return
        [
            // Beside trouble the processor's time is the troublemaker's too.
            Text(Of(one => one.PerSecond), "#,0"), Text(row.Trouble is null ? Of(one => one.CpuPerMillion) : null, "0.0"),
            Text(Of(one => one.Latency!.P50), "#,0 µs"), Text(Of(one => one.Latency!.P99), "#,0 µs"), Text(Of(one => one.Latency!.P999), "#,0 µs"),
        ];

        double? Of(Func<Figures, double> value) => results.Median(Target.Fast.Name, row.Name, value);
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
}
