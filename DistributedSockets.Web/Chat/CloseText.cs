// What a close code of a plain connection means, in words for people.
using System.Net.WebSockets;

namespace DistributedSockets.Web.Chat;

/// <summary>What a close code of a plain connection means, in words for people.</summary>
internal static class CloseText
{
    public static string Explain(string node, WebSocketCloseStatus? code, string? reason)
    {
        var said = string.IsNullOrWhiteSpace(reason) ? "" : $" The node says: {reason}.";
        return $"{node} closed the connection ({(int?)code ?? 1005}): {Meaning((int?)code)}.{said}";
    }

    private static string Meaning(int? code) => code switch
    {
        1000 => "done",
        1001 => "the node is going away; connect to another one",
        1007 => "a frame was not valid UTF-8",
        1008 => "its policy does not allow this connection, such as one too many for this user",
        1009 => "the message was too large",
        1011 => "it ran into an error of its own",
        1012 => "it restarts; connect again in a moment",
        1013 => "it could not take or hand over a message just now; try again later",
        _ => "no reason given",
    };
}
