// Completes what the document says of one request.
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace DistributedSockets.SocketNode.Api.Reference;

/// <summary>Completes what the document says of one request: names in its path, its parameters, its body, what its answers mean, and all problems.</summary>
internal static class OperationDescriber
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";

    public static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var usesTokens = ApiDocument.UsesTokens(context.ApplicationServices);
        var parameters = Names(context.Description.RelativePath ?? "").Concat(metadata.OfType<ApiParameter>().Select(ToParameter)).ToList<IOpenApiParameter>();
        operation.Parameters = parameters.Count > 0 ? parameters : null;
        if (metadata.OfType<ApiTaken>().FirstOrDefault() is { } taken)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = taken.IsRequired,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [Json] = new() { Schema = await context.GetOrCreateSchemaAsync(taken.Body, null, cancellationToken), Example = JsonNode.Parse(taken.Example) },
                },
            };
        }

        foreach (var given in metadata.OfType<ApiGiven>())
        {
            var response = operation.Responses![Status(given.Status)];
            response.Description = given.Description;
            if (given.Example is { } example)
            {
                response.Content![Json].Example = JsonNode.Parse(example);
            }
        }

        var schema = await context.GetOrCreateSchemaAsync(typeof(ProblemBody), null, cancellationToken);
        var hasParameters = parameters.Count > 0 || operation.RequestBody is not null;
        foreach (var problem in metadata.OfType<ApiRefused>().Concat(Usual(metadata, hasParameters, usesTokens)).GroupBy(refused => refused.Status, refused => refused.Code).OrderBy(problem => problem.Key))
        {
            operation.Responses![Status(problem.Key)] = ToResponse(problem.Key, [.. problem.Distinct()], schema);
        }

        if (usesTokens)
        {
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiDocument.Bearer, context.Document)] = [] }];
        }
    }

    /// <summary>What follows from what a request is.</summary>
    private static IEnumerable<ApiRefused> Usual(IList<object> metadata, bool hasParameters, bool usesTokens)
    {
        if (usesTokens)
        {
            yield return new ApiRefused(StatusCodes.Status401Unauthorized, "unauthenticated");
        }

        if (hasParameters)
        {
            yield return new ApiRefused(StatusCodes.Status400BadRequest, "bad_request");
        }

        if (metadata.OfType<ApiTaken>().Any())
        {
            yield return new ApiRefused(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type");
        }
    }

    private static OpenApiResponse ToResponse(int status, string[] codes, OpenApiSchema schema)
    {
        var response = new OpenApiResponse
        {
            Description = $"{ReasonPhrases.GetReasonPhrase(status)}: {string.Join(", ", codes)}",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [ProblemJson] = new()
                {
                    Schema = schema,
                    Examples = codes.ToDictionary(code => code, code => (IOpenApiExample)new OpenApiExample
                    {
                        Value = new JsonObject { ["type"] = $"urn:ds:{code}", ["title"] = ReasonPhrases.GetReasonPhrase(status), ["status"] = status, ["detail"] = "what to do about it", ["code"] = code },
                    }),
                },
            },
        };
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader { Description = "Seconds after which it may be tried again.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } },
            };
        }

        return response;
    }

    /// <summary>The names in a path, such as <c>api/rooms/{room}/members/{user}</c>.</summary>
    private static IEnumerable<OpenApiParameter> Names(string path) => path.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => new OpenApiParameter
    {
        Name = segment.Trim('{', '}'),
        In = ParameterLocation.Path,
        Required = true,
        Description = $"The {segment.Trim('{', '}')}: 1 to 128 characters, without control characters and without white space at the ends; percent-encoded.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1 },
        Example = segment == "{room}" ? "team" : "bob",
    });

    private static OpenApiParameter ToParameter(ApiParameter parameter) => new()
    {
        Name = parameter.Name,
        In = parameter.In,
        Description = parameter.Description,
        Schema = parameter.Min is { } min
            ? new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Format = "int64",
                Minimum = min.ToString(CultureInfo.InvariantCulture),
                Maximum = parameter.Max == long.MaxValue ? null : parameter.Max?.ToString(CultureInfo.InvariantCulture),
            }
            : new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = parameter.MaxLength },
    };

    private static string Status(int status) => status.ToString(CultureInfo.InvariantCulture);
}
