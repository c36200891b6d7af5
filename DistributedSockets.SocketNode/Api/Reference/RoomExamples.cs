// What the document shows of rooms.
using System.Text.Json;

namespace DistributedSockets.SocketNode.Api.Reference;

internal static class RoomExamples
{
    public const string History = """
        {"room":"team","epoch":"41c0","first":1,"last":19,"more":true,"messages":[
          {"from":"carol","body":"hello","mid":"019a58","ts":1764000001900,"rseq":16,"id":"c-6","edited":1764000001950},
          {"from":"bob","mid":"019a59","ts":1764000001960,"rseq":17,"id":"b-2","deleted":1764000001990}]}
        """;
}

// These are for the document alone: HistoryPage writes them.

/// <summary>A page of what was said.</summary>
[OmitsNulls]
internal sealed record RoomHistoryBody(string Room, string? Epoch, long First, long Last, bool More, IReadOnlyList<HistoryMessageBody> Messages);

/// <summary>A page of what two users have sent each other.</summary>
[OmitsNulls]
internal sealed record ConversationBody(string Peer, string? Epoch, long First, long Last, bool More, IReadOnlyList<HistoryMessageBody> Messages);

/// <summary>A message as it reads now. One that was deleted has no body.</summary>
[OmitsNulls]
internal sealed record HistoryMessageBody(string From, JsonElement? Body, string Mid, long Ts, long Rseq, string Id, string? Ct, long? Edited, long? Deleted);
