// A problem as the document shows it; Problems writes it.
using System.ComponentModel;

namespace DistributedSockets.SocketNode.Api.Reference;

/// <summary>What is wrong (RFC 9457).</summary>
[OmitsNulls]
internal sealed record ProblemBody(
    [property: Description("urn:ds: and the code.")] string Type,
    string Title,
    int Status,
    [property: Description("What is wrong, for people.")] string Detail,
    [property: Description("What is wrong, for programs.")] string Code,
    [property: Description("The setting of the limit that was reached.")] string? Limit);
