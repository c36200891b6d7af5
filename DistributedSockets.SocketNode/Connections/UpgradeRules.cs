// What a request must be like to be upgraded: each rule with its answer.
using System.Text.Json.Serialization;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Messaging;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Connections;

/// <summary>Why a request is not upgraded.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Error">A sentence that a developer can act on.</param>
internal sealed record Refusal(int Status, string Error);

/// <summary>The body of a refusal: <c>{"error":"user_id required"}</c>.</summary>
internal sealed record RefusalBody([property: JsonPropertyName("error")] string Error);

[JsonSerializable(typeof(RefusalBody))]
internal sealed partial class RefusalJson : JsonSerializerContext;

/// <summary>What a request must be like to be upgraded.</summary>
internal sealed class UpgradeRules(NodeStatus status, IOptions<SocketNodeOptions> options, IHostEnvironment environment)
{
    /// <summary>A subprotocol that carries a token, no profile: it alone counts as none offered.</summary>
    private const string BearerPrefix = "ds.bearer.";

    public static Refusal Unavailable(string error) => new(StatusCodes.Status503ServiceUnavailable, error);

    /// <summary>Why the request is refused, or null and the user that it names.</summary>
    /// <param name="subprotocol">The first offered one that the node speaks; null for the plain profile.</param>
    public Refusal? Refuse(HttpContext context, out UserId user, out string? subprotocol)
    {
        subprotocol = null;
        var names = context.Request.Query["user_id"];
        if (!UserId.TryParse(names.FirstOrDefault(), out user, out var problem))
        {
            return new Refusal(StatusCodes.Status400BadRequest, problem);
        }

        if (names.Count > 1)
        {
            return new Refusal(StatusCodes.Status400BadRequest, "user_id given more than once");
        }

        if (!IsOriginAllowed(context.Request))
        {
            return new Refusal(StatusCodes.Status403Forbidden, "this origin may not connect: it is not among AllowedOrigins");
        }

        var offered = context.WebSockets.WebSocketRequestedProtocols.Where(protocol => !protocol.StartsWith(BearerPrefix, StringComparison.Ordinal)).ToList();
        subprotocol = offered.Find(protocol => protocol == JsonProfile.Subprotocol);
        if (offered.Count > 0 && subprotocol is null)
        {
            return new Refusal(StatusCodes.Status400BadRequest, $"no offered subprotocol is known; this node speaks {JsonProfile.Subprotocol}, and the plain profile to who offers none");
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            return new Refusal(StatusCodes.Status426UpgradeRequired, "this is a WebSocket endpoint: connect with ws:// or wss://");
        }

        return status.Admits ? null : Unavailable(WhyNotAdmitted());
    }

    /// <summary>Only browsers send an origin, and only they can be made to connect by a page of somebody else's.</summary>
    private bool IsOriginAllowed(HttpRequest request)
    {
        string? origin = request.Headers.Origin;
        if (string.IsNullOrEmpty(origin))
        {
            return true;
        }

        if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri))
        {
            return false;
        }

        if (options.Value.AllowedOrigins.Length > 0)
        {
            return options.Value.AllowedOrigins.Any(allowed => new Uri(allowed).GetLeftPart(UriPartial.Authority) == uri.GetLeftPart(UriPartial.Authority));
        }

        return environment.IsDevelopment()
            ? uri.IsLoopback
            : string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }

    private string WhyNotAdmitted() => status.Phase switch
    {
        NodePhase.CutOff => "Redis does not answer; try again later",
        NodePhase.Stopping => "this node is going away; connect to another",
        _ => "this node is not ready yet; try again",
    };
}
