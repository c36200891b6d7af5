using System.Text.Json;

namespace DistributedSockets.Client;

/// <summary>Which page of a history. Neither <see cref="Before"/> nor <see cref="After"/> is the newest one; both are refused.</summary>
/// <example><code>
/// var newest = await client.GetHistoryAsync("bob");
/// var older = newest.HasMore ? await client.GetHistoryAsync("bob", new HistoryQuery { Before = newest.Messages[0].Seq, Limit = 100 }) : null;
/// </code></example>
public sealed record HistoryQuery
{
    /// <summary>The messages before this place.</summary>
    public long? Before { get; init; }

    /// <summary>The messages after this place.</summary>
    public long? After { get; init; }

    /// <summary>The most messages of the page: 1 to 100.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>A page of what was said in a room or with a user, oldest first.</summary>
/// <param name="Messages">As they are after their last edit.</param>
/// <param name="HasMore">There are more in the direction that was asked for.</param>
/// <param name="First">The oldest place that there is; 0 for an empty history.</param>
/// <param name="Last">The newest place that there is.</param>
/// <param name="Epoch">What the places count in.</param>
public sealed record HistoryPage(IReadOnlyList<HistoryEntry> Messages, bool HasMore, long First, long Last, string Epoch)
{
    internal static HistoryPage Parse(JsonElement push) => new(
        [.. push.Items("messages").Select(HistoryEntry.Parse)],
        push.Flag("more"),
        push.Number("first") ?? 0,
        push.Number("last") ?? 0,
        push.Text("epoch") ?? "");
}

/// <summary>A message of a history.</summary>
/// <param name="From">Who has sent it.</param>
/// <param name="Body">What it says now; undefined if it was deleted.</param>
/// <param name="Mid">Its id in the system.</param>
/// <param name="Seq">Its place in the history.</param>
/// <param name="At">When it was stored.</param>
/// <param name="Id">The sender's id of it.</param>
/// <param name="ContentType">Content type of the body, where the sender gave one.</param>
/// <param name="Edited">When it was last edited.</param>
/// <param name="Deleted">When it was taken back.</param>
public sealed record HistoryEntry(string From, JsonElement Body, string Mid, long Seq, DateTimeOffset At, string? Id, string? ContentType, DateTimeOffset? Edited, DateTimeOffset? Deleted)
{
    internal static HistoryEntry Parse(JsonElement item) => new(
        item.Text("from") ?? "",
        item.Value("body"),
        item.Text("mid") ?? "",
        item.Number("rseq") ?? 0,
        item.Time("ts"),
        item.Text("id"),
        item.Text("ct"),
        item.TimeOrNull("edited"),
        item.TimeOrNull("deleted"));
}
