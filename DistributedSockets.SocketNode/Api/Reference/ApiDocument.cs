// The API for machines (OpenAPI) and for people who try it, and who may see it.
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Cluster;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace DistributedSockets.SocketNode.Api.Reference;

/// <summary>The API for machines, <c>/openapi/v1.json</c>: made of the requests as they are mapped and of what they say of themselves.</summary>
internal static class ApiDocument
{
    public const string Bearer = "bearer";

    public static void AddApiDocument(this IServiceCollection services)
    {
        // The document says what is true of the bodies: numbers are numbers.
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        services.AddOpenApi(options =>
        {
            options.ShouldInclude = request => request.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
            options.AddDocumentTransformer((document, context, _) =>
            {
                Complete(document, UsesTokens(context.ApplicationServices));
                return Task.CompletedTask;
            });
            options.AddOperationTransformer(OperationDescriber.DescribeAsync);
            options.AddSchemaTransformer((schema, context, _) =>
            {
                OmitNulls(schema, context);
                return Task.CompletedTask;
            });
        });
    }

    /// <summary>Everybody may see it in Development, or where that is configured; else whoever may read the API.</summary>
    public static void MapApiReference(this IEndpointRouteBuilder app)
    {
        var reference = app.MapGroup("").ExcludeFromDescription();
        if (!app.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment() && !app.ServiceProvider.GetRequiredService<IOptions<SocketNodeOptions>>().Value.Auth.PublicReference)
        {
            reference.AddEndpointFilter<ApiAccess>();
        }

        reference.MapOpenApi();
        reference.MapReferencePage();
    }

    public static bool UsesTokens(IServiceProvider services) => services.GetRequiredService<Authenticator>().UsesTokens;

    private static void Complete(OpenApiDocument document, bool usesTokens)
    {
        document.Info = new OpenApiInfo
        {
            Title = "DistributedSockets",
            Version = NodeIdentity.Version,
            Description = "The HTTP API for back ends and operators, on every node. Names in paths are percent-encoded; times are milliseconds since 1970 UTC; unknown fields are ignored. "
                + "A problem's 'code' is for the program. "
                + (usesTokens ? "It needs a token with the scope ds.api, or ds.api.read for what only asks." : "This node believes everybody, so it is open to callers on its own machine only."),
        };
        if (usesTokens)
        {
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Bearer] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = Bearer,
                    BearerFormat = "JWT",
                    Description = "A token whose scope has ds.api, or ds.api.read for what only asks.",
                },
            };
        }
    }

    /// <summary>What may be null and is left out then is optional, and never null.</summary>
    private static void OmitNulls(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        var all = context.JsonTypeInfo.Type.IsDefined(typeof(OmitsNullsAttribute));
        foreach (var member in context.JsonTypeInfo.Properties.Where(member => all ? MayBeNull(member) : member.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: false) == true))
        {
            schema.Required?.Remove(member.Name);
            if (schema.Properties?[member.Name] is OpenApiSchema { Type: { } type } own)
            {
                own.Type = type & ~JsonSchemaType.Null;
            }
        }
    }

    private static bool MayBeNull(JsonPropertyInfo member) => member.IsGetNullable || Nullable.GetUnderlyingType(member.PropertyType) is not null;
}
