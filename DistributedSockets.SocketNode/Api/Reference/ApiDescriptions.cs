// What the document says of a request, beside the request's own code.
using System.Globalization;
using Microsoft.OpenApi;

namespace DistributedSockets.SocketNode.Api.Reference;

/// <summary>A parameter in the query or a header.</summary>
/// <param name="Min">Of an integer; null for a text.</param>
internal sealed record ApiParameter(string Name, ParameterLocation In, string Description, long? Min = null, long? Max = null, int? MaxLength = null);

/// <summary>A body that a request takes.</summary>
internal sealed record ApiTaken(Type Body, string Example, bool IsRequired);

/// <summary>What an answer means.</summary>
/// <param name="Example">Null for an answer without a body.</param>
internal sealed record ApiGiven(int Status, string Description, string? Example);

/// <summary>A problem that a request can end in.</summary>
internal sealed record ApiRefused(int Status, string Code);

/// <summary>Of a type whose members that are null are left out where it is written.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OmitsNullsAttribute : Attribute;

internal static class ApiDescriptions
{
    public const string KeyHeader = "Idempotency-Key";

    /// <param name="id">Names the request for generated clients.</param>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, string id, string tag, string summary, string description) =>
        route.WithName(id).WithTags(tag).WithSummary(summary).WithDescription(description);

    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder route, string name, string description, long? min = null, long? max = null) =>
        route.WithMetadata(new ApiParameter(name, ParameterLocation.Query, description, min, max));

    /// <summary>The request can be made repeatable.</summary>
    public static RouteHandlerBuilder WithKey(this RouteHandlerBuilder route, int maxLength, string description) =>
        route.WithMetadata(new ApiParameter(
            KeyHeader, ParameterLocation.Header, string.Create(CultureInfo.InvariantCulture, $"{description} 1 to {maxLength} characters."), MaxLength: maxLength));

    /// <summary>What it takes is told to the document alone: routing, which would answer for other types of content itself, must not know.</summary>
    public static RouteHandlerBuilder Takes<TBody>(this RouteHandlerBuilder route, string example, bool isRequired = true) =>
        route.WithMetadata(new ApiTaken(typeof(TBody), example, isRequired)).Refuses(413, "too_large");

    public static RouteHandlerBuilder Gives<TBody>(this RouteHandlerBuilder route, int status, string description, string example) =>
        route.Produces<TBody>(status).WithMetadata(new ApiGiven(status, description, example));

    /// <summary>An answer without a body.</summary>
    public static RouteHandlerBuilder Gives(this RouteHandlerBuilder route, int status, string description) =>
        route.Produces(status).WithMetadata(new ApiGiven(status, description, Example: null));

    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, int status, string code) => route.WithMetadata(new ApiRefused(status, code));

    /// <summary>What every request of the API can end in.</summary>
    public static RouteGroupBuilder RefusesAsAll(this RouteGroupBuilder group) => group.WithMetadata(
        new ApiRefused(StatusCodes.Status403Forbidden, "forbidden"), new ApiRefused(StatusCodes.Status429TooManyRequests, "rate_limited"), new ApiRefused(StatusCodes.Status503ServiceUnavailable, "unavailable"));
}
