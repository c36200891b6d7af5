// What a request must be like to be upgraded: each rule with its answer.
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>Why a request is not upgraded.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Error">A sentence that a developer can act on.</param>
internal sealed record Refusal(int Status, string Error)
{
    /// <summary>What <c>WWW-Authenticate</c> says; null where it was not about who is asking.</summary>
    public string? Challenge { get; init; }

    /// <summary>After how long the same may succeed; null where nobody knows.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>The body of a refusal: <c>{"error":"user_id required"}</c>.</summary>
internal sealed record RefusalBody([property: JsonPropertyName("error")] string Error);

[JsonSerializable(typeof(RefusalBody))]
internal sealed partial class RefusalJson : JsonSerializerContext;

/// <summary>What a request must be like to be upgraded.</summary>
internal sealed class UpgradeRules(NodeStatus status, Origins origins, IOptions<SocketNodeOptions> options, IHostEnvironment environment)
{
    public static Refusal Unavailable(string error) => new(StatusCodes.Status503ServiceUnavailable, error) { RetryAfter = TimeSpan.FromSeconds(1) };

    public static Refusal TooMany(Excess excess) =>
        new(StatusCodes.Status429TooManyRequests, $"too many connects: more than {excess.Limit} allows; try again later") { RetryAfter = excess.Wait };

    public static Refusal Unidentified(Verdict verdict) => verdict.Fault == TokenFault.Unavailable ? Unavailable(verdict.Reason) : new(verdict.Status, verdict.Reason) { Challenge = verdict.Challenge };

    /// <summary>Why a request for a WebSocket is refused before anybody asks who it is, or null.</summary>
    /// <param name="user">The user that it names; null where a token may say it.</param>
    /// <param name="subprotocol">The first offered one that the node speaks; null for the plain profile.</param>
    public Refusal? Refuse(HttpContext context, out UserId? user, out string? subprotocol)
    {
        subprotocol = null;
        if (RefuseCaller(context, out user) is { } refusal)
        {
            return refusal;
        }

        var offered = context.WebSockets.WebSocketRequestedProtocols.Where(protocol => !protocol.StartsWith(Authenticator.BearerSubprotocol, StringComparison.Ordinal)).ToList();
        subprotocol = offered.Find(protocol => protocol == JsonProfile.Subprotocol);
        if (offered.Count > 0 && subprotocol is null)
        {
            return new Refusal(StatusCodes.Status400BadRequest, $"no offered subprotocol is known; this node speaks {JsonProfile.Subprotocol}, and the plain profile to who offers none");
        }

        return context.WebSockets.IsWebSocketRequest
            ? RefuseNow()
            : new Refusal(StatusCodes.Status426UpgradeRequired, "this is a WebSocket endpoint: connect with ws:// or wss://");
    }

    /// <summary>Why a request for an event stream is refused before anybody asks who it is, or null.</summary>
    public Refusal? RefuseStream(HttpContext context, out UserId? user) => RefuseCaller(context, out user) ?? RefuseNow();

    private Refusal? RefuseCaller(HttpContext context, out UserId? user)
    {
        user = null;
        var names = context.Request.Query["user_id"];
        if (names.Count > 0 || !options.Value.Auth.UsesTokens(environment))
        {
            if (!UserId.TryParse(names.FirstOrDefault(), out var named, out var problem))
            {
                return new Refusal(StatusCodes.Status400BadRequest, problem);
            }

            user = named;
        }

        if (names.Count > 1)
        {
            return new Refusal(StatusCodes.Status400BadRequest, "user_id given more than once");
        }

        return origins.Allow(context.Request) ? null : new Refusal(StatusCodes.Status403Forbidden, "this origin may not connect: it is not among AllowedOrigins");
    }

    private Refusal? RefuseNow() => status.Admits ? null : Unavailable(WhyNotAdmitted());

    private string WhyNotAdmitted() => status.Phase switch
    {
        NodePhase.CutOff => "Redis does not answer; try again later",
        NodePhase.Stopping => "this node is going away; connect to another",
        _ => "this node is not ready yet; try again",
    };
}
