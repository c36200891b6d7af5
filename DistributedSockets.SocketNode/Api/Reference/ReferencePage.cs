// The page on which the API is read and tried.
using Scalar.AspNetCore;

namespace DistributedSockets.SocketNode.Api.Reference;

/// <summary>The page on which the API is read and tried. It is served whole from the node, and told so to the browser: nothing of it may come from, or go to, another host.</summary>
internal static class ReferencePage
{
    private const string Path = "/api/reference";
    private const string Policy = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

    public static void MapReferencePage(this RouteGroupBuilder reference)
    {
        reference.MapGet("/api", () => TypedResults.Redirect(Path));
        reference.MapGroup("").AddEndpointFilter(async (context, next) =>
        {
            context.HttpContext.Response.Headers.ContentSecurityPolicy = Policy;
            return await next(context);
        }).MapScalarApiReference(Path, options => options.WithTitle("DistributedSockets").DisableDefaultFonts().DisableAgent().DisableTelemetry().HideDeveloperTools().HideClientButton());
    }
}
