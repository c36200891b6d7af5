// The report: the table, the goals, and what has to be known to read them.
using System.Globalization;
using System.Text;
using DistributedSockets.Benchmarks.Running;

namespace DistributedSockets.Benchmarks.Report;

internal static class MarkdownReport
{
    public static string Write(Plan plan, Results results, string machine, string command)
    {
        var columns = Column.All.Where(column => plan.Rows.Contains(column.Row)).ToArray();
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Measured by `{command}` on {machine}.");
        text.AppendLine(CultureInfo.InvariantCulture, $"Everything runs on this one machine, the load generator too. {Quiet(results)}");
        text.AppendLine();
        if (columns.Length > 0)
        {
            WriteTargets(text, plan, results, columns);
        }

        text.AppendLine("Bodies of 128 bytes, two nodes, every message counted once and in order. 64 pairs with 32 in flight unless said. CPU: seconds of nodes, Redis and RabbitMQ for a million");
        text.AppendLine(CultureInfo.InvariantCulture, $"messages delivered. Medians of {plan.Repeats} runs of {plan.Seconds} s, in which the targets take turns{(plan.IsWhole ? "; idle, held, and what is beside trouble are measured once" : "")}. Targets of one node: all in that one.");
        text.AppendLine();
        OwnTable.Write(text, plan, results);
        foreach (var (target, row, failure) in results.Failures)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"- A run of *{row}* with {target} failed: {failure}");
        }

        if (plan.Rows.Contains(Row.ManyUsers))
        {
            var connected = 2 * Row.ManyUsers.Order.Size;
            text.AppendLine(CultureInfo.InvariantCulture, $"- Of the 50,000 registered users {connected:#,0} hold a connection and are written to in turn{(connected < 20_000 ? "; this system lets no process open files for more" : "")}.");
        }

        text.AppendLine();
        text.AppendLine("| goal | | wanted | measured | |");
        text.AppendLine("|---|---|---|---|---|");
        foreach (var goal in Goal.Of(results).Where(goal => plan.IsWhole || goal.Measured is not null))
        {
            text.AppendLine(goal.Line);
        }

        return text.ToString();
    }

    private static void WriteTargets(StringBuilder text, Plan plan, Results results, Column[] columns)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"| | {string.Join(" | ", columns.Select(column => column.Title))} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(Enumerable.Repeat("---|", columns.Length))}");
        foreach (var target in plan.Targets)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {target.Title} | {string.Join(" | ", columns.Select(column => column.Cell(results, target)))} |");
        }

        text.AppendLine();
    }

    // Figures of a machine that does something else are no figures.
    private static string Quiet(Results results)
    {
        var shares = results.All.Where(one => one.Failure is null).Select(one => one.OthersCpu / one.Seconds / Environment.ProcessorCount).Order().ToArray();
        return shares.Length == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $"Other programs took {shares[shares.Length / 2]:0 %} of its processors in the median run and {shares[^1]:0 %} in the worst one.");
    }
}
